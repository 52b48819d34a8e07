"""The reader of Nuke's TCL: words, braces, quotes, backslashes, and what it refuses."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nuke.script_text import (
    ScriptSyntaxError,
    commands,
    join_list,
    quoted,
    split_list,
    words,
)


def texts(script: str) -> list[list[str]]:
    return [[word.text for word in command] for command in commands(script)]


def test_commands_are_split_at_lines_and_semicolons_and_comments_are_left_out() -> None:
    script = "#! /usr/local/Nuke\nversion 14.0 v1; push 0\n\n  set N1 [stack 0]\n"
    assert texts(script) == [
        ["version", "14.0", "v1"],
        ["push", "0"],
        ["set", "N1", "[stack 0]"],
    ]


def test_a_block_in_braces_is_one_word_over_lines() -> None:
    (command,) = commands('Read {\n file "a b.exr"\n first {{parent.x}}\n}')
    assert command[0].text == "Read"
    assert command[1].braced
    assert split_list(command[1].text) == ["file", "a b.exr", "first", "{parent.x}"]


def test_braces_keep_their_text_as_it_stands() -> None:
    (word,) = words(r'{a \n "b" [c] $d {e}}')
    assert (word.text, word.braced) == (r'a \n "b" [c] $d {e}', True)


def test_backslashes_in_quotes_and_bare_words() -> None:
    assert split_list(r'"a\nb\t\"c\" \[d] \\e"') == ['a\nb\t"c" [d] \\e']
    assert split_list(r"a\ b \{ \$x") == ["a b", "{", "$x"]


def test_an_escaped_brace_closes_nothing() -> None:
    assert [word.text for word in words(r"{a \} b} c")] == [r"a \} b", "c"]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ('"[value size]"', True),
        (r'"\[value size]"', False),
        ("{[value size]}", False),
        ("$gui", True),
        (r"\$gui", False),
        ("a[b c]d", True),
    ],
)
def test_it_tells_what_would_be_run_while_a_script_loads(text: str, runs: bool) -> None:
    (word,) = words(text)
    assert word.substitutes is runs


def test_a_command_in_brackets_is_one_word() -> None:
    (command,) = texts("set N1 [stack [foo bar] 0]")
    assert command == ["set", "N1", "[stack [foo bar] 0]"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb {c\n", 2),
        ('a "b\n c', 1),
        ("Read {\n}x", 2),
        ('"a"b', 1),
        ("a [b", 1),
        ("a }", 1),
        ("a \\", 1),
    ],
)
def test_damaged_text_is_refused_and_its_line_named(text: str, line: int) -> None:
    with pytest.raises(ScriptSyntaxError) as caught:
        commands(text)
    assert caught.value.line == line


@given(st.lists(st.text(max_size=12), max_size=6))
def test_a_list_comes_back_as_it_went(parts: list[str]) -> None:
    assert split_list(join_list(parts)) == parts


@given(st.text(max_size=30))
def test_a_quoted_word_is_never_run(text: str) -> None:
    (word,) = words(quoted(text))
    assert (word.text, word.substitutes) == (text, False)


@given(st.text(alphabet='ab {}[]"\\$\n;#', max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ScriptSyntaxError):
        assert all(command for command in commands(text))
