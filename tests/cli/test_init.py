"""`runcompare init` writes what it saw, overwrites nothing, and asks nobody who isn't there."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from commands import call

from runcompare import Recorder, settings


def record(folder: Path, name: str, seed: int, **config: object) -> None:
    with Recorder(folder / f"{name}-{seed}", group=name, config={"seed": seed, "name": name, **config}) as log:
        log.log({"val/acc": 0.5 + seed / 100})


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two groups below `out/` and a lone table."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda app: str(tmp_path / "user"))
    folder = tmp_path / "work"
    for seed in range(3):
        record(folder / "out", "base", seed, lr=0.1, monitor="val/acc", mode="max")
    for seed in range(2):
        record(folder / "out", "wide", seed, lr=0.2, monitor="val/acc", mode="max")
    (folder / "other" / "a").mkdir(parents=True)
    (folder / "other" / "a" / "metrics.csv").write_text("step,loss\n1,0.5\n2,0.25\n")
    monkeypatch.chdir(folder)
    return folder


def test_it_writes_what_it_saw(work: Path, capsysbinary) -> None:
    code, out, err = call(capsysbinary, "init")
    text = (work / "runcompare.toml").read_text()
    assert (code, out) == (0, b"")
    assert "6 runs found: 5 of recorder, 1 of tables." in text
    assert tomllib.loads(text) == {"runs": ["other", "out"]}
    assert '# metric = "val/acc"  # 5 of 6 runs say so: the run\'s setting monitor' in text
    assert "# 2 groups of replicates: base (3 runs), wide (2 runs)." in text
    assert settings.load().runs == (work / "other", work / "out")
    words = re.search(r"runcompare (report .*)", err)[1].split()
    assert call(capsysbinary, *words)[0] == 0


def test_every_proposal_is_a_setting_that_works(work: Path, capsysbinary) -> None:
    call(capsysbinary, "init")
    file = work / "runcompare.toml"
    lines = [re.sub(r"^# (?=\[|[\w-]+ = )", "", line) for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines))
    found = settings.load()
    assert (found.metric, found.min_effect) == ("val/acc", "1%")
    assert call(capsysbinary, "report", "wide", *found.aliases)[0] == 0


@pytest.mark.parametrize("there", ["runcompare.toml", "pyproject.toml"])
def test_it_overwrites_nothing(work: Path, capsysbinary, there: str) -> None:
    text = '[tool.runcompare]\nmetric = "mine"\n' if there == "pyproject.toml" else 'metric = "mine"\n'
    (work / there).write_text(text)
    code, _, err = call(capsysbinary, "init")
    assert code == 2
    assert f"{there} has settings of runcompare already." in err
    assert {path.name for path in work.glob("*.toml")} == {there}
    assert (work / there).read_text() == text


def test_a_dry_run_prints_the_same_and_writes_nothing(work: Path, capsysbinary) -> None:
    code, out, _ = call(capsysbinary, "init", "--dry-run")
    assert code == 0
    assert not (work / "runcompare.toml").exists()
    call(capsysbinary, "init")
    assert out.decode() == (work / "runcompare.toml").read_text()


def test_a_project_file_keeps_all_that_it_holds(work: Path, capsysbinary) -> None:
    before = '[project]\nname = "mine"  # a comment\n'
    (work / "pyproject.toml").write_text(before)
    assert call(capsysbinary, "init", "--pyproject")[0] == 0
    text = (work / "pyproject.toml").read_text()
    assert text.startswith(before)
    assert tomllib.loads(text)["tool"]["runcompare"]["runs"] == ["other", "out"]
    assert settings.load().runs == (work / "other", work / "out")


def test_without_runs_it_says_where_it_looked_and_writes_nothing(tmp_path: Path, capsysbinary) -> None:
    code, _, err = call(capsysbinary, "init", tmp_path)
    assert code == 3
    assert "There are no runs below" in err
    assert not list(tmp_path.iterdir())


def test_a_terminal_is_asked_and_no_means_no(work: Path, capsysbinary, monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda text, **_: (_ for _ in ()).throw(__import__("click").Abort()))
    assert call(capsysbinary, "init")[0] == 130
    assert not (work / "runcompare.toml").exists()
    assert call(capsysbinary, "init", "--yes")[0] == 0
    assert (work / "runcompare.toml").exists()


def test_what_runs_say_forges_no_line(tmp_path: Path, capsysbinary, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = 'x"\nstore = "/tmp/theirs"\n#'
    for seed in range(2):
        record(tmp_path / "runs", "base", seed, monitor=evil)
        with Recorder(tmp_path / "runs" / f"e{seed}", group=evil, config={"seed": seed, "monitor": evil}) as log:
            log.log({evil: 1.0})
    code, out, _ = call(capsysbinary, "init", tmp_path, "--dry-run")
    assert code == 0
    assert tomllib.loads(out.decode()) == {"runs": ["runs"]}


def test_of_groups_of_one_size_the_earliest_is_proposed_as_the_baseline(tmp_path: Path) -> None:
    from runcompare.cli.init import look, settings_text

    for name in ("old", "new"):
        for seed in range(2):
            record(tmp_path / "runs", name, seed, lr=len(name), name_=name)
    text = settings_text(look(tmp_path))
    assert '# baseline = "old"  # the earliest of those with most runs' in text


def test_how_runs_were_started_becomes_the_command_for_more_seeds(tmp_path: Path) -> None:
    from dataclasses import replace

    from runcompare.cli.init import look, settings_text

    record(tmp_path / "runs", "base", 0)
    seen = look(tmp_path)
    (one,) = seen.groups
    for args in (["--lr", "1e-3", "--seed", "0"], ["--lr", "1e-3", "--seed=0"]):
        started = replace(one.group.runs[0], metadata={"program": "train.py", "args": args})
        told = replace(seen, groups=(replace(one, group=replace(one.group, runs=(started,))),))
        text = settings_text(told)
        assert f"# 1 run was started as: python train.py {' '.join(args)}" in text
        assert "--command 'python train.py --lr 1e-3 --seed" in text
        assert "{seed}'" in text
    assert json.dumps("runs") in text
