"""`runcompare check` and `runcompare explain`, as they are typed."""

import json
from pathlib import Path

import pytest
from commands import call

from runcompare.comparison.rules import RULES


def log(place: Path, losses: list[float], held: list[float] | None = None) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    lines = ["epoch,train_loss,val_loss"]
    lines += [f"{i},{a},{b}" for i, (a, b) in enumerate(zip(losses, held or losses, strict=True))]
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    return log(tmp_path / "good" / "metrics.csv", [2.0 * 0.9**i for i in range(20)])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return log(tmp_path / "bad" / "metrics.csv", [2.0 * 0.9**i for i in range(10)] + [float("nan")] * 10)


@pytest.fixture
def overfit(tmp_path: Path) -> Path:
    held = [2.0 * 0.8**i for i in range(6)] + [0.7 + 0.1 * i for i in range(14)]
    return log(tmp_path / "over" / "metrics.csv", [2.0 * 0.7**i for i in range(20)], held)


def test_a_healthy_run_passes(healthy, capsysbinary):
    code, out, err = call(capsysbinary, "check", healthy, "--fail-on", "suggestive")
    assert (code, err) == (0, "")
    assert b"no findings in one run" in out
    assert b"checks didn't run: " in out
    assert b"no gradient norm" in out.replace(b"fewer than 6 values of a gradient norm", b"no gradient norm")


def test_a_broken_run_is_named_and_fails_only_when_asked_to(broken, capsysbinary):
    code, out, _ = call(capsysbinary, "check", broken)
    assert code == 0
    assert b"RC101  strong" in out
    assert b"first at step 10" in out
    assert b"To confirm:" in out
    assert call(capsysbinary, "check", broken, "--fail-on", "strong")[0] == 1


def test_what_is_suggestive_fails_where_that_is_asked_for(overfit, capsysbinary):
    assert call(capsysbinary, "check", overfit, "--fail-on", "strong")[0] == 0
    code, out, _ = call(capsysbinary, "check", overfit, "--fail-on", "suggestive")
    assert code == 1
    assert b"RC301  suggestive" in out


def test_several_runs_in_json_and_markdown(healthy, broken, capsysbinary):
    _, out, _ = call(capsysbinary, "check", healthy, broken, "--format", "json")
    groups = json.loads(out)["groups"]
    assert [bool([f for f in g["findings"] if f["strength"] == "strong"]) for g in groups] == [False, True]
    assert groups[1]["findings"][0]["code"] == "RC101"
    assert groups[1]["text"][0].endswith(".")
    _, out, _ = call(capsysbinary, "check", broken, "--format", "md")
    assert b"[RC101].** *Strong.*" in out


def test_it_writes_a_file_and_nothing_else(broken, tmp_path, capsysbinary):
    before = {*tmp_path.rglob("*")}
    code, out, _ = call(capsysbinary, "check", broken, "-o", tmp_path / "check.txt")
    assert (code, out) == (0, b"")
    assert {*tmp_path.rglob("*")} - before == {tmp_path / "check.txt"}


def test_a_run_that_is_not_there(tmp_path, capsysbinary):
    code, out, err = call(capsysbinary, "check", "nowhere", "--runs", tmp_path)
    assert (code, out) == (3, b"")
    assert "nowhere" in err


def test_a_name_with_control_characters_is_harmless(tmp_path, capsysbinary):
    place = log(tmp_path / "a|b\x1b[2J" / "metrics.csv", [1.0] * 5 + [float("nan")] * 5)
    for format_ in ("text", "md"):
        assert b"\x1b" not in call(capsysbinary, "check", place, "--format", format_)[1]


@pytest.mark.parametrize("word", ["RC203", "rc203", "lr_too_high"])
def test_explain_by_code_and_by_name(word, capsysbinary):
    code, out, _ = call(capsysbinary, "explain", word)
    assert code == 0
    for part in (b"RC203", b"What it sees", b"Its test", b"False alarms", b"What it can't show", b"What would confirm"):
        assert part in out


def test_explain_lists_all(capsysbinary):
    _, out, _ = call(capsysbinary, "explain")
    assert all(rule.code.encode() in out and rule.name.encode() in out for rule in RULES)
    _, out, _ = call(capsysbinary, "explain", "--format", "json")
    assert len(json.loads(out)) == len(RULES)


@pytest.mark.parametrize(("word", "meant"), [("RC211", "RC209"), ("overfiting", "overfitting")])
def test_explain_says_what_may_have_been_meant(word, meant, capsysbinary):
    code, out, err = call(capsysbinary, "explain", word)
    assert (code, out) == (2, b"")
    assert meant in err


def test_every_rule_can_be_explained(capsysbinary):
    for rule in RULES:
        assert call(capsysbinary, "explain", rule.code)[0] == 0
