"""Paths of the machine that handed a job in, seen from the one that keys it.

A farm that mixes systems, or that brings files to its workers, hands each session a file of rules
in the schema `pathmapping-1.0` of Open Job Description. Every path of a job goes through them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from corridorkey_core.errors import SettingsError
from corridorkey_core.job import Job

SCHEMA = "pathmapping-1.0"
FORMATS: Mapping[str, type[PurePath]] = {"POSIX": PurePosixPath, "WINDOWS": PureWindowsPath}
PLACES = ("plate", "hint", "output")
PATHS = ("checkpoint", "ocio_config")  # among the settings
LARGEST = 4 << 20


@dataclass(frozen=True)
class Rule:
    """What lies below `source`, a path of the format's kind, lies below `destination` here."""

    source: PurePath
    destination: str

    def mapped(self, path: str) -> str | None:
        """The path here, or None where the rule is not about it."""
        try:
            rest = type(self.source)(path).relative_to(self.source)
        except ValueError:
            return None
        return str(Path(self.destination, *rest.parts))


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a file, the most particular first; a file of `{}` has none.

    Raises `SettingsError` for anything else than such a file.
    """
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(LARGEST))
    except OSError as error:
        raise SettingsError(f"The path mapping {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"The path mapping {path} is not JSON: {error}.") from error
    return _rules(document, path)


def mapped_job(job: Job, rules: Sequence[Rule]) -> Job:
    """The job with every absolute path that a rule is about put in its place here."""
    settings = {name: mapped_path(getattr(job.settings, name), rules) for name in PATHS}
    places = {name: mapped_path(getattr(job, name), rules) for name in PLACES}
    return replace(job, **places, settings=job.settings.changed(**settings))


def mapped_path(path: str, rules: Sequence[Rule]) -> str:
    """One path here; it stays as it is where no rule is about it."""
    return next((there for rule in rules if (there := rule.mapped(path)) is not None), path)


def _rules(document: Any, path: Path) -> tuple[Rule, ...]:
    if document == {}:
        return ()
    if not isinstance(document, dict) or document.get("version") != SCHEMA:
        raise SettingsError(f"The path mapping {path} has no `version: {SCHEMA}`.")
    listed = document.get("path_mapping_rules", [])
    if not isinstance(listed, list):
        raise SettingsError(f"The path mapping {path} has no list of `path_mapping_rules`.")
    rules = [_rule(entry, path) for entry in listed]
    return tuple(sorted(rules, key=lambda rule: -len(rule.source.parts)))


def _rule(entry: Any, path: Path) -> Rule:
    names = ("source_path_format", "source_path", "destination_path")
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in names):
        raise SettingsError(f"The path mapping {path} has a rule without {', '.join(names)}.")
    form, source, destination = (entry[name] for name in names)
    if form not in FORMATS:
        raise SettingsError(
            f"The path mapping {path} has the source_path_format {form!r}; "
            f"expected {' or '.join(FORMATS)}."
        )
    return Rule(FORMATS[form](source), destination)
