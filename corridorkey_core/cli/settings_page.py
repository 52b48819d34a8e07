"""Every parameter, written out for a person: `corridorkey settings` and docs/settings.md."""

from __future__ import annotations

from collections.abc import Iterator

from corridorkey_core.cli.parameters import shown
from corridorkey_core.job_file import allowed
from corridorkey_core.parameter import Parameter
from corridorkey_core.settings import SECTIONS, Settings


def settings_page() -> str:
    """The settings page of the docs, in Markdown."""
    intro = (
        "# Settings\n\n"
        "Every parameter of the keyer, declared once in `corridorkey_core/settings.py`. The name "
        "is the key\nin a job file; on the command line it is `--name-with-dashes`. This page is "
        "written by\n`corridorkey settings --format markdown`.\n"
    )
    return intro + "".join(_section(section) for section in SECTIONS)


def _section(section: str) -> str:
    rows = "".join(_row(fact) for fact in _facts(section))
    return f"\n## {section}\n\n| name | default | what it does |\n| --- | --- | --- |\n{rows}"


def _row(fact: Parameter) -> str:
    default = shown(fact.default)
    text = f"{fact.help}{allowed(fact)}{' *(cannot change a pixel)*' if not fact.picture else ''}"
    return f"| `{fact.name}` | {f'`{default}`' if default else ''} | {_escaped(text)} |\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("^", "\\^").replace("{", "\\{")


def settings_text() -> str:
    """The same for a terminal."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for section in SECTIONS:
        yield section
        for fact in _facts(section):
            yield f"  --{fact.name.replace('_', '-'):<20} {fact.help}{allowed(fact)}"
            yield f"    {'':<20} Default: {shown(fact.default) or 'empty'}."
        yield ""


def _facts(section: str) -> Iterator[Parameter]:
    return (fact for fact in Settings.parameters() if fact.section == section)
