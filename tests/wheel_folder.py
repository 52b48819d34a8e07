"""A folder of tiny wheels that stand in for the large ones, to try real pip on in seconds."""

from __future__ import annotations

import importlib.metadata
import zipfile
from pathlib import Path

TORCH = """
__version__ = "{version}"
from torch import version
class cuda:
    @staticmethod
    def get_device_name():
        return "FAKE GPU"
class zeros:
    def __init__(self, *size, device):
        if not version.cuda:
            raise AssertionError("Torch not compiled with CUDA enabled")
    def add(self, other):
        return self
    def cpu(self):
        return self
"""


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """A pure wheel of a distribution; `files` are texts by their path in site-packages."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)
    return wheel


def write_torch(folder: Path, version: str, cuda: str | None) -> Path:
    """A torch that knows its version and CUDA, and computes on a GPU where it was built for one."""
    facts = f"__version__ = {version!r}\ncuda = {cuda!r}\n"
    files = {"torch/__init__.py": TORCH.format(version=version), "torch/version.py": facts}
    return write_wheel(folder, "torch", version, files)


def write_dependencies(folder: Path) -> None:
    """Everything else that setup installs: empty modules, and the real setuptools."""
    for name, version, module in (
        ("numpy", "2.4.6", "numpy"),
        ("openimageio", "3.2.2.0", "OpenImageIO"),
        ("pyyaml", "6.0.4", "yaml"),
        ("fileseq", "3.4.0", "fileseq"),
        ("platformdirs", "4.14.8", "platformdirs"),
        ("av", "18.1.0", "av"),
    ):
        write_wheel(folder, name, version, {f"{module}/__init__.py": ""})
    repack(folder, "setuptools")


def repack(folder: Path, name: str) -> None:
    """A wheel of a pure distribution as it is installed here."""
    found = importlib.metadata.distribution(name)
    wheel = folder / f"{name}-{found.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in found.files or ():
            if file.suffix != ".pyc" and ".." not in file.parts:
                archive.write(str(file.locate()), str(file))
