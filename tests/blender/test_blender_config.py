"""A studio's own colour config in every Blender that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from building.blenders import Blender
from tests.blender.blender_runs import check_inside

STUDIO = """
ocio_profile_version: 1
search_path: ""
strictparsing: true
luma: [0.2126, 0.7152, 0.0722]
roles:
  default: Raw
  data: Raw
  scene_linear: ACEScg
  color_picking: sRGB
  texture_paint: sRGB
displays:
  Studio:
    - !<View> {name: Plain, colorspace: sRGB}
colorspaces:
  - !<ColorSpace> {name: ACEScg, bitdepth: 32f, isdata: false}
  - !<ColorSpace>
    name: Linear Rec.709 (sRGB)
    bitdepth: 32f
    isdata: false
    to_reference: !<MatrixTransform>
      matrix: [0.6131, 0.3395, 0.0474, 0, 0.0702, 0.9164, 0.0135, 0,
        0.0206, 0.1096, 0.8698, 0, 0, 0, 0, 1]
  - !<ColorSpace>
    name: sRGB
    bitdepth: 32f
    isdata: false
    to_reference: !<ExponentTransform> {value: [2.2, 2.2, 2.2, 1]}
  - !<ColorSpace> {name: Raw, bitdepth: 32f, isdata: true}
"""


@pytest.mark.slow
def test_a_studios_config_is_keyed_in(
    blender: Blender, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    config = tmp_path / "studio.ocio"
    config.write_text(STUDIO)
    check_inside(blender, tmp_path, {**variables, "OCIO": str(config)}, "check_config.py")
