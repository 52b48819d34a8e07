"""Every parameter is a property, walked from the one declaration, and survives in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
from conftest import MODULE, part
from scenes import names


def declared() -> Any:
    """The declaration, as the package carries it."""
    from importlib import import_module

    return import_module(f"{MODULE}.vendored.corridorkey_core.settings").Settings


def test_every_parameter_is_a_property_or_fixed_by_what_the_group_needs(keyed: Any) -> None:
    properties = part("setting_properties")
    shown = keyed.shot.settings.bl_rna.properties
    facts = {fact.name: fact for fact in declared().parameters()}
    assert set(facts) == {*properties.FIXED, *(fact.name for fact in properties.exposed())}
    for fact in properties.exposed():
        one = shown[fact.name]
        assert one.name == fact.label
        assert fact.help.removesuffix(".") in one.description
        if one.type == "ENUM":
            assert tuple(one.enum_items.keys()) == properties.choices_of(fact)
            assert one.default == fact.default
        else:
            assert one.default == pytest.approx(fact.default) if fact.kind is float else True
        if fact.kind in (int, float):
            low, high = fact.soft or (fact.minimum, fact.maximum)
            assert one.hard_min == pytest.approx(fact.minimum)
            assert one.hard_max == pytest.approx(fact.maximum)
            assert one.soft_min == pytest.approx(low)
            assert one.soft_max == pytest.approx(high)
            assert (one.subtype == "PIXEL") == (fact.unit == "px")


@pytest.mark.usefixtures("scene")
def test_the_defaults_are_those_of_the_declaration() -> None:
    properties = part("setting_properties")
    group = part("node_group").make_group()
    expected = declared()(**properties.FIXED)
    assert properties.read_settings(group.corridorkey.settings) == expected


def test_every_property_can_be_changed_and_is_kept_by_the_file(keyed: Any, tmp_path: Path) -> None:
    properties = part("setting_properties")
    changes = {fact.name: another(fact) for fact in properties.exposed()}
    changed = declared()(**{**changes, **properties.FIXED})
    properties.write_settings(keyed.shot.settings, changed)
    keyed.shot.hint_source, keyed.shot.live = "SOCKET", False
    keyed.shot.when_rendering, keyed.shot.cache = "STOP", "//elsewhere"
    before, uid = names(), keyed.shot.uid
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    again = part("keyed_nodes").chosen_node(bpy.context.scene)
    assert properties.read_settings(again.shot.settings) == changed
    kept = again.shot
    assert (kept.uid, kept.hint_source, kept.live) == (uid, "SOCKET", False)
    assert (kept.when_rendering, kept.cache) == ("STOP", "//elsewhere")
    assert names() == before


def another(fact: Any) -> Any:
    """A value that is not the default."""
    choices = part("setting_properties").choices_of(fact)
    if choices:
        return next(one for one in reversed(choices) if one != fact.default)
    if fact.kind is bool:
        return not fact.default
    if fact.kind is str:
        return "other"
    if fact.name == "clip_white":
        return 0.75
    if fact.kind is int:
        return fact.default + fact.multiple_of
    return fact.default + (0.25 if fact.default + 0.25 <= fact.maximum else -0.25)


def test_a_number_between_two_steps_takes_the_nearest(keyed: Any) -> None:
    keyed.shot.settings.model_size = 1000
    assert keyed.shot.settings.model_size == 992
    keyed.shot.settings.model_size = 2048
    assert keyed.shot.settings.model_size == 2048


def test_settings_that_contradict_each_other_are_told(keyed: Any) -> None:
    keyed.shot.settings.clip_black = 0.9
    keyed.shot.settings.clip_white = 0.5
    with pytest.raises(RuntimeError, match="expected black below white"):
        bpy.ops.corridorkey.key_frame()


def test_a_copied_group_gets_a_folder_of_its_own(keyed: Any) -> None:
    copy = keyed.group.copy()
    uid = keyed.shot.uid
    own = part("shot_properties").own_uid
    assert own(keyed.group) == uid
    assert own(copy) != uid
    assert own(copy) == copy.corridorkey.uid
