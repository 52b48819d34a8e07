"""Job files: one or many shots in YAML, with settings shared or their own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import yaml

from corridorkey_core.errors import SettingsError
from corridorkey_core.job import FIELDS, Job
from corridorkey_core.parameter import Parameter, did_you_mean
from corridorkey_core.settings import SECTIONS, Settings

TOP = ("shots", "settings")
LONGEST = 4 << 20


class _Loader(yaml.SafeLoader):
    """YAML 1.2's scalars: only true and false are booleans, so `despill: off` is a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith((":bool", ":float", ":int"))]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_FLOAT = (
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?$|^[-+]?\.inf$|^\.nan$"),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver(*_FLOAT)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789")
)


class _Dumper(yaml.SafeDumper):
    """Quotes text that YAML 1.1 or the loader above would take for something else, as 0E0."""


_Dumper.add_implicit_resolver(*_FLOAT)


def read_jobs(path: Path) -> tuple[Job, ...]:
    """Every job of a file, its relative paths taken from the file's own folder.

    Raises `SettingsError` naming the file, the shot and what is wrong.
    """
    try:
        document = _load(path)
        return tuple(_jobs(document, path.parent))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def _load(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LONGEST:
            raise SettingsError("The file is larger than 4 MiB; expected a job file.")
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError as error:
        raise SettingsError("No such file; `corridorkey init PLATE` writes one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"Not a YAML file: {error}") from error
    except RecursionError as error:
        raise SettingsError("The file is nested too deeply; expected a job file.") from error
    if not isinstance(document, Mapping):
        raise SettingsError("Expected `plate:` and `output:`, or a list of `shots:`.")
    return document


def _jobs(document: Mapping[str, Any], folder: Path) -> Iterator[Job]:
    if "shots" not in document:
        yield _job(document, {}, folder)
        return
    for name in document:
        if name not in TOP:
            raise SettingsError(
                f"Unknown entry {name!r} beside `shots`.{did_you_mean(str(name), TOP)}"
            )
    shots = document["shots"]
    if not isinstance(shots, list) or not shots:
        raise SettingsError("`shots` is not a list of shots.")
    shared = document.get("settings") or {}
    if not isinstance(shared, Mapping):
        raise SettingsError("`settings` is not a list of names and values.")
    for index, shot in enumerate(shots, 1):
        try:
            yield _job(shot, shared, folder)
        except SettingsError as error:
            raise SettingsError(f"Shot {index}: {error}") from error


def _job(shot: Any, shared: Mapping[str, Any], folder: Path) -> Job:
    if not isinstance(shot, Mapping):
        raise SettingsError(f"Found {shot!r}; expected `plate:`, `output:` and so on.")
    values = {name: value for name, value in shot.items() if value is not None}
    own = values.get("settings", {})
    if not isinstance(own, Mapping):
        raise SettingsError(f"settings is {own!r}; expected names and values.")
    if isinstance(values.get("frames"), int) and not isinstance(values["frames"], bool):
        values["frames"] = str(values["frames"])
    job = Job.from_mapping({**values, "settings": {**shared, **own}})
    return Job.from_mapping({**job.to_mapping(), **_placed(job, folder)})


def _placed(job: Job, folder: Path) -> dict[str, str]:
    """The job's paths, seen from the folder of the job file."""
    paths = {"plate": job.plate, "output": job.output, "hint": job.hint}
    return {
        name: path if not path or is_absolute(path) else os.path.join(folder, path)  # noqa: PTH118
        for name, path in paths.items()
    }


def is_absolute(path: str) -> bool:
    """Whether a path is absolute on this system or on another, as a farm of several has them."""
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def job_text(job: Job) -> str:
    """A commented job file for one shot: every parameter, those at their default left out."""
    lines = ["# A job for `corridorkey run`. Remove the # before a setting to change it.", ""]
    for name in FIELDS[:-1]:
        value = getattr(job, name)
        lines.append(f"{'' if value else '# '}{name}: {_scalar(value)}")
    lines += ["", "settings:"]
    for section in SECTIONS:
        lines += ["", f"  # {section}"]
        for fact in Settings.parameters():
            if fact.section == section:
                lines += _entry(fact, getattr(job.settings, fact.name))
    return "\n".join(lines) + "\n"


def _entry(fact: Parameter, value: object) -> list[str]:
    mark = "  " if value != fact.default else "  # "
    return [f"  # {fact.help}{allowed(fact)}", f"{mark}{fact.name}: {_scalar(value)}"]


def allowed(fact: Parameter) -> str:
    """The values a parameter allows, as the tail of its help text."""
    if fact.choices:
        return f" One of {', '.join(fact.choices)}."
    if fact.minimum is not None and fact.maximum is not None:
        unit = f" {fact.unit}" if fact.unit else ""
        return f" {fact.minimum:g} to {fact.maximum:g}{unit}."
    return ""


def _scalar(value: object) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text = yaml.dump(
        plain, Dumper=_Dumper, default_flow_style=True, width=10_000, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...").strip()


def jobs_text(jobs: Iterable[Job]) -> str:
    """A job file for a program: every shot with its own settings, those at their default left out.

    `read_jobs` reads equal jobs from it, if their paths are absolute.
    """
    shots = [_shot(job) for job in jobs]
    return document_text({"shots": shots})


def document_text(document: Mapping[str, Any]) -> str:
    """Plain values as YAML, in their order, that readers of YAML 1.1 and 1.2 take alike."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


def _shot(job: Job) -> dict[str, Any]:
    texts = {name: getattr(job, name) for name in FIELDS[:-1] if getattr(job, name)}
    values = job.settings.to_mapping()
    changed = {
        fact.name: values[fact.name]
        for fact in Settings.parameters()
        if getattr(job.settings, fact.name) != fact.default
    }
    return {**texts, "settings": changed} if changed else texts
