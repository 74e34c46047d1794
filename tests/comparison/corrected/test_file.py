"""Settings changed in a file's text: at the lines that differ, and nowhere else."""

import json
import tomllib
from difflib import ndiff
from itertools import pairwise
from typing import Any

import pytest
from comparisons import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from runcompare.comparison.corrected.file import Setting, patch
from runcompare.comparison.corrected.spans import Format, load

YAML_TEXT = """\
# my run
name: new   # the name
model: {width: 16, depth: 2}  # in one line
stages:
  operator:
    epochs: 50  # long

    optimizer:
      name: "adamw"
      betas:
        - 0.9
        - 0.99
empty:
last: 1
"""
JSON_TEXT = """\
{
    "model": {"width": 16, "depth": 2},
    "lr": 1e-3,
    "data": {
        "path": "x",
        "size": 3
    }
}
"""
TOML_TEXT = """\
lr = 1e-3  # tuned

[model]
# how large
width = 16
sizes = [1,
  2]

[model.inner]
a.b = "x"
"""


def changed(before: str, after: str) -> list[str]:
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_yaml_keeps_comments_order_and_layout() -> None:
    wanted = [
        Setting("model.width", 8, "not 16: it gained nothing (RC501)"),
        Setting("stages.operator.epochs", 15, "not 50"),
        Setting("stages.operator.optimizer.betas", [0.8, 0.9], "not [0.9, 0.99]"),
        Setting("empty", 2, "was unset"),
    ]
    done = patch(YAML_TEXT, "yaml", wanted)
    lines = [
        "- model: {width: 16, depth: 2}  # in one line",
        "+ model: {width: 8, depth: 2}  # in one line  # not 16: it gained nothing (RC501)",
        "-     epochs: 50  # long",
        "+     epochs: 15  # long  # not 50",
        "-         - 0.9",
        "-         - 0.99",
        "+         [0.8, 0.9]  # not [0.9, 0.99]",
        "- empty:",
        "+ empty: 2  # was unset",
    ]
    assert sorted(changed(YAML_TEXT, done.text)) == sorted(lines)
    assert not done.refused


def test_what_is_removed_leaves_its_reason_and_no_null_behind() -> None:
    done = patch(YAML_TEXT, "yaml", [Setting("stages.operator.optimizer.name", None, "name removed")])
    assert changed(YAML_TEXT, done.text) == ['-       name: "adamw"', "+       # name removed"]
    whole = patch(YAML_TEXT, "yaml", [Setting("model.width", None, "w"), Setting("model.depth", None, "d")])
    assert load(whole.text, "yaml")["model"] == {}
    block = "a:\n  b: 1\nc: 2\n"
    assert load(patch(block, "yaml", [Setting("a.b", None, "gone")]).text, "yaml") == {"c": 2}


def test_new_settings_go_where_they_belong() -> None:
    wanted = [Setting("stages.operator.warmup", 1e-5, "the baseline's"), Setting("ema.decay", 0.5, "the baseline's")]
    done = patch(YAML_TEXT, "yaml", wanted)
    assert changed(YAML_TEXT, done.text) == [
        "+     warmup: 1.0e-05  # the baseline's",
        "+ ema:",
        "+   decay: 0.5  # the baseline's",
    ]


def test_json_and_toml_keep_their_layout_too() -> None:
    wanted = [Setting("model.depth", None, "r"), Setting("lr", 0.1, "r"), Setting("data.kind", "y", "r")]
    done = patch(JSON_TEXT, "json", wanted)
    assert changed(JSON_TEXT, done.text) == [
        '-     "model": {"width": 16, "depth": 2},',
        '+     "model": {"width": 16},',
        '-     "lr": 1e-3,',
        '+     "lr": 0.1,',
        '-         "size": 3',
        '+         "size": 3,',
        '+         "kind": "y"',
    ]
    wanted = [
        Setting("model.width", 8, "not 16"),
        Setting("model.sizes", [3], "r"),
        Setting("model.inner.a.b", "#", "r"),
    ]
    done = patch(TOML_TEXT, "toml", [*wanted, Setting("lr", None, "lr removed"), Setting("model.new", True, "r")])
    assert done.text.splitlines() == [
        "# lr removed",
        "",
        "[model]",
        "# how large",
        "width = 8  # not 16",
        "sizes = [3]  # r",
        "new = true  # r",
        "",
        "[model.inner]",
        'a.b = "#"  # r',
    ]


@pytest.mark.parametrize(
    ("text", "kind", "path", "why"),
    [
        ("x: &a {p: 1}\ny: *a\n", "yaml", "y.p", "anchor"),
        ("x: {p: 1}\n", "yaml", "x.p.q", "no table"),
        ("x: {p: 1}\n", "yaml", "x", "whole section"),
        ("[[jobs]]\nx = 1\n", "toml", "jobs.x", "layout"),
        ("t = {a = 1}\n", "toml", "t.a", "no table"),
    ],
)
def test_what_cannot_be_changed_in_place_is_refused_and_the_rest_is_written(
    text: str, kind: Format, path: str, why: str
) -> None:
    done = patch(text, kind, [Setting(path, 2, "r"), Setting("other", 3, "r")])
    assert done.written == ("other",)
    ((refused, said),) = done.refused
    assert (refused, why in said) == (path, True)
    assert load(done.text, kind)["other"] == 3


def test_a_setting_under_a_merge_is_written_where_it_is_used() -> None:
    text = "base: &b {lr: 1, wd: 2}\nrun:\n  <<: *b\n  n: 3\n"
    done = patch(text, "yaml", [Setting("run.lr", 5, "r")])
    assert load(done.text, "yaml")["run"] == {"lr": 5, "wd": 2, "n": 3}
    assert load(done.text, "yaml")["base"] == {"lr": 1, "wd": 2}


def test_wandbs_own_file_has_each_value_one_deeper() -> None:
    done = patch("lr:\n  desc: null\n  value: 0.1\n", "yaml", [Setting("lr", 0.2, "r")])
    assert done.text == "lr:\n  desc: null\n  value: 0.2  # r\n"


@pytest.mark.parametrize("text", ["[1, 2]", "", "a: [", "just words", "a: 1\n---\nb: 2\n"])
def test_what_holds_no_settings_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"no settings|expected|while|found"):
        patch(text, "yaml", [Setting("a", 1, "r")])


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_stay_words(word: str) -> None:
    kinds: tuple[tuple[Format, str], ...] = (("yaml", "a: 1\n"), ("json", '{"a": 1}'), ("toml", "a = 1\n"))
    for kind, text in kinds:
        done = patch(text, kind, [Setting("a", word, word)])
        assert load(done.text, kind) == {"a": word if done.written else 1}, "as it was meant, or not at all"


def test_line_ends_of_another_system_stay() -> None:
    done = patch("a: 1\r\nb: 2\r\n", "yaml", [Setting("a", 3, "r")])
    assert done.text == "a: 3  # r\r\nb: 2\r\n"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_each_reason_stands_on_its_own_line_whatever_ends_lines(end: str) -> None:
    text = "# head\na: 1  # one\nb: 2\nc:\n  d: 4\n  e: 5\n".replace("\n", end)
    changes = [Setting("a", 3, "why a"), Setting("c.d", None, "why d"), Setting("f", 6, "why f")]
    lines = patch(text, "yaml", changes).text.split(end)
    assert lines == ["# head", "a: 3  # one  # why a", "b: 2", "c:", "  # why d", "  e: 5", "f: 6  # why f", ""]


def test_each_reason_stands_on_its_own_line_where_line_ends_are_mixed() -> None:
    done = patch("a: 1\rb: 2\r\nc: 3\n", "yaml", [Setting("a", 3, "why a"), Setting("b", 4, "why b")])
    assert done.text == "a: 3  # why a\rb: 4  # why b\r\nc: 3\n"


def test_many_settings_take_seconds() -> None:
    text = "".join(f"k{i}:\n  v: {i}\n" for i in range(2000))
    assert len(patch(text, "yaml", [Setting(f"k{i}.v", -1, "r") for i in range(2000)]).written) == 2000


PLAIN = st.one_of(st.booleans(), st.integers(-999, 999), st.floats(allow_nan=False, allow_infinity=False), st.text())
WORDS = st.text("abc", min_size=1, max_size=3)
SHOWN = st.integers(-999, 999) | st.text(st.characters(exclude_categories=("C", "Z")))  # what any YAML file may hold
TREES = st.recursive(
    SHOWN | st.lists(st.integers(), max_size=3), lambda inner: st.dictionaries(WORDS, inner, min_size=1, max_size=3)
).filter(lambda tree: isinstance(tree, dict))


@settings(max_examples=60, deadline=None)
@given(TREES, st.dictionaries(WORDS, PLAIN, max_size=3), st.booleans())
def test_any_file_holds_what_was_meant_or_is_left_alone(tree: Any, new: dict[str, Any], indented: bool) -> None:
    wanted = [Setting(path, value, "why") for path, value in new.items()]
    text = json.dumps(tree, indent=2 if indented else None, ensure_ascii=False)
    for kind in ("json", "yaml"):
        done = patch(text, kind, wanted)  # type: ignore[arg-type]
        held = load(done.text, kind)  # type: ignore[arg-type]
        for setting in wanted:
            if setting.path in done.written:
                assert held[setting.path] == setting.value
        assert {k: v for k, v in held.items() if k not in done.written} == {
            k: v for k, v in tree.items() if k not in done.written
        }


def test_pyyaml_and_tomllib_read_the_numbers_as_numbers() -> None:
    done = patch("a: 1\n", "yaml", [Setting("a", 1e-5, "r")])
    assert YAML(typ="safe").load(done.text) == {"a": 1e-5}
    assert done.text.startswith("a: 1.0e-05")
    assert tomllib.loads(patch("a = 1\n", "toml", [Setting("a", 1e-5, "r")]).text) == {"a": 1e-5}


@pytest.mark.parametrize(
    ("kind", "text"),
    [("json", '{"a":' * 5000 + "1" + "}" * 5000), ("toml", "a = " + "[" * 5000 + "]" * 5000), ("yaml", "[" * 5000)],
)
def test_what_is_nested_too_deeply_is_no_configuration(kind, text):
    with pytest.raises(ValueError, match=r"too deep|line|no text"):
        patch(text, kind, [Setting("a", 1, "")])


def test_aliases_that_make_millions_of_values_are_refused():
    names = "abcdefgh"
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"{n}: &{n} [{', '.join([f'*{p}'] * 10)}]" for p, n in pairwise(names)]
    with pytest.raises(ValueError, match="repeats itself"):
        patch("\n".join(lines), "yaml", [Setting("x", 1, "")])


@pytest.mark.parametrize(("kind", "text"), [("json", '{"a": 1}'), ("toml", "a = 1\n"), ("yaml", "a: 1\n")])
def test_a_byte_order_mark_stays(kind, text):
    assert patch("\ufeff" + text, kind, [Setting("a", 2, "")]).text == "\ufeff" + text.replace("1", "2")


def test_what_is_wrong_with_yaml_is_told_by_its_line_without_its_text():
    for text in ("a: 1\ntoken: hunter2x\ntoken: hunter2y\n", "a: 1\nb: 2\ntoken: hunter2x: y\n"):
        with pytest.raises(ValueError, match="line 3: ") as error:
            patch(text, "yaml", [Setting("a", 2, "")])
        assert "hunter2" not in str(error.value)
