"""Recipe weights as the files a person has; also a command that writes one.

python -m tests.parity.checkpoint_files recipe.safetensors [SIZE [SALT]]
"""

from __future__ import annotations

import atexit
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from tests.parity.recipe import recipe_state

KINDS = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def write_safetensors(path: Path, state: Mapping[str, Tensor]) -> None:
    """The format's plainest form; bfloat16 and all others as they are."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    contents, offset = [], 0
    for name, tensor in state.items():
        content = tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {
            "dtype": KINDS[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(content)],
        }
        contents.append(content)
        offset += len(content)
    encoded = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        file.writelines(contents)


def write_checkpoint(path: Path, state: Mapping[str, Tensor]) -> Path:
    """As .safetensors or .pth, by the name."""
    if path.suffix == ".safetensors":
        write_safetensors(path, state)
    else:
        torch.save(dict(state), path)
    return path


@lru_cache(maxsize=1)
def recipe_file() -> Path:
    """The recipe's weights at size 256 in half precision, made once a test process."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    half = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in recipe_state(256).items()
    }
    return write_checkpoint(folder / "recipe.safetensors", half)


if __name__ == "__main__":
    target, size, salt = [*sys.argv[1:], *["", "2048", ""][len(sys.argv) - 1 :]]
    write_checkpoint(Path(target), recipe_state(int(size), salt))
