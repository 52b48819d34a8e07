"""Settings: a wrong value cannot exist, and a right one survives every surface."""

from __future__ import annotations

import argparse
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.cli.parameters import add_parameters, named_parameters, shown
from corridorkey_core.errors import SettingsError
from corridorkey_core.job import Job
from corridorkey_core.job_file import job_text, read_jobs
from corridorkey_core.parameter import Parameter, did_you_mean
from corridorkey_core.settings import SECTIONS, Settings

FREE_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20
).map(str.strip)


def values(fact: Parameter) -> st.SearchStrategy[Any]:
    if fact.kind is bool:
        return st.booleans()
    if fact.kind is tuple:
        return st.lists(st.sampled_from(fact.choices), min_size=1, unique=True).map(tuple)
    if fact.choices:
        return st.sampled_from(fact.choices)
    if fact.kind is str:
        return FREE_TEXT
    assert fact.minimum is not None
    assert fact.maximum is not None
    if fact.kind is int:
        step = fact.multiple_of
        return st.integers(math.ceil(fact.minimum / step), int(fact.maximum // step)).map(
            lambda count: count * step
        )
    return st.floats(fact.minimum, fact.maximum)


def consistent(chosen: dict[str, Any]) -> bool:
    blacks_below_white = chosen["clip_black"] < chosen["clip_white"]
    return bool(blacks_below_white and (chosen["layout"] != "layered" or chosen["format"] == "exr"))


SETTINGS = (
    st.fixed_dictionaries({fact.name: values(fact) for fact in Settings.parameters()})
    .filter(consistent)
    .map(lambda chosen: Settings(**chosen))
)


@given(SETTINGS)
def test_plain_values_give_equal_settings_back(settings: Settings) -> None:
    assert Settings.from_mapping(settings.to_mapping()) == settings


@given(SETTINGS)
def test_a_job_file_gives_equal_settings_back(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> None:
    path = tmp_path_factory.mktemp("job") / "job.yaml"
    path.write_text(job_text(Job("/plate.####.exr", "/out", settings=settings)), encoding="utf-8")
    (job,) = read_jobs(path)
    assert job.settings == settings


@given(SETTINGS)
def test_a_command_line_gives_equal_settings_back(settings: Settings) -> None:
    parser = argparse.ArgumentParser()
    add_parameters(parser)
    argv = []
    for fact in Settings.parameters():
        flag, value = fact.name.replace("_", "-"), getattr(settings, fact.name)
        if fact.kind is bool:
            argv.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            text = repr(value) if fact.kind is float else shown(value)
            argv.append(f"--{flag}={text}")
    assert Settings.from_mapping(named_parameters(parser.parse_args(argv))) == settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("soften", math.nan, "expected 0 to 100"),
        ("soften", -1, "expected 0 to 100"),
        ("soften", "3", "expected a number"),
        ("soften", True, "expected a number"),
        ("model_size", math.inf, "expected 64 to 4096"),
        ("model_size", 1000, "multiple of 32"),
        ("read_ahead", 2.5, "whole number"),
        ("restore_source", "false", "true or false"),
        ("restore_source", 1, "true or false"),
        ("despill", "averge", "Did you mean average"),
        ("despill", False, "expected text"),
        ("passes", (), "name at least one"),
        ("passes", ("matte", "matte"), "each one once"),
        ("passes", ("mate",), "Did you mean matte"),
        ("clip_black", 1.0, "black below white"),
    ],
)
def test_wrong_values_are_refused_in_words(name: str, value: object, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        Settings.from_mapping({name: value})
    assert name in str(caught.value)


def test_an_unknown_name_is_refused_naming_near_ones() -> None:
    with pytest.raises(SettingsError, match="Did you mean despill_strength"):
        Settings.from_mapping({"despil_strength": 1.0})


def test_whole_numbers_are_taken_for_floats_and_stay_floats() -> None:
    settings = Settings.from_mapping({"soften": 3})
    assert settings.soften == 3.0
    assert isinstance(settings.soften, float)


def test_layers_need_exr() -> None:
    with pytest.raises(SettingsError, match="layers need exr"):
        Settings(layout="layered", format="png")


def test_every_parameter_is_documented_and_its_default_is_allowed() -> None:
    for fact in Settings.parameters():
        assert fact.label
        assert fact.help.endswith(".")
        assert fact.section in SECTIONS
        assert fact.validate(fact.default) == fact.default


def test_a_word_that_is_known_twice_is_meant_once() -> None:
    assert did_you_mean("--hnt", ["--hint", "--hint", "--keyer"]) == " Did you mean --hint?"
    assert did_you_mean("plate", []) == ""
