"""What TAB offers, through the program itself and through a real bash."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runcompare import Recorder, settings
from runcompare.cli import known_runs
from runcompare.cli.completion import _SAFE, complete_reference

ROOT = Path(__file__).parents[2]
BREAKS = " \t\n\"'@><=;|&(:"


def tab(line: str, shell: str = "bash", cwd: Path | None = None, **env: str) -> list[str]:
    """The lines that the program answers a shell with; it may say nothing else."""
    asked = {"COMP_LINE": line, "COMP_BREAKS": BREAKS, "_RUNCOMPARE_COMPLETE": f"{shell}_complete", **env}
    command = [sys.executable, "-m", "runcompare"]
    done = subprocess.run(command, env={**os.environ, **asked}, capture_output=True, text=True, cwd=cwd, timeout=60)
    assert done.stderr == ""
    return [answer for answer in done.stdout.splitlines() if answer]


def offered(incomplete: str) -> list[str]:
    """What a reference could go on with, asked in this process."""
    import click

    ctx = click.Context(click.Command("report"))
    return [item.value for item in complete_reference(ctx, click.Argument(["x"]), incomplete) if item.type == "plain"]


def test_ids_names_groups_and_aliases(project: Path) -> None:
    assert set(offered("")) == {"gold", "base", "first", "second", "aaaa1111", "bbbb2222", "cccc3333"}
    assert offered("se") == ["second"]
    assert offered("go") == ["gold"]
    assert offered("aa") == ["aaaa1111"]


@pytest.mark.parametrize(
    ("incomplete", "expected"),
    [
        ("group:b", ["group:base"]),
        ("id:bb", ["id:bbbb2222"]),
        ("name:f", ["name:first"]),
        ("tag:", ["tag:t1"]),
        ("mine=fi", ["mine=first"]),
        ("mine=id:a", ["mine=id:aaaa1111"]),
        ("first@", ["first@latest", "first@best:", "first@step=", "first@stage="]),
        ("first@st", ["first@step=", "first@stage="]),
        ("@l", ["@latest"]),
        ("nothing", []),
    ],
)
def test_parts_of_references(project: Path, incomplete: str, expected: list[str]) -> None:
    assert offered(incomplete) == expected


def test_no_word_that_a_shell_would_expand_is_offered(project: Path) -> None:
    assert not [word for word in offered("") if set(word) & set(" $()`;&|<>*?[]{}'\"\\\n!#~")]


def test_the_program_answers_each_shell(project: Path) -> None:
    assert tab("runcompare report se") == ["plain,second"]
    assert tab("runcompare report first se") == ["plain,second"]
    assert tab("runcompare export aa") == ["plain,aaaa1111"]
    assert tab("runcompare report x y --noise-from=ba") == ["plain,base"]
    assert tab("runcompare rep") == ["plain,replicate", "plain,report"]
    words = {"COMP_WORDS": "runcompare report se", "COMP_CWORD": "2"}
    assert tab("", "zsh", **words) == ["plain", "second", "bbbb2222"]
    assert tab("", "fish", **{**words, "COMP_CWORD": "se"}) == ["plain,second\tbbbb2222"]


def test_bash_is_told_what_follows_a_break(project: Path) -> None:
    assert tab("runcompare report group:b") == ["plain,base"]
    assert tab("runcompare report mine=id:a") == ["plain,aaaa1111"]
    assert tab("runcompare report first@la") == ["plain,latest"]
    assert tab("runcompare report group:b", COMP_BREAKS=" \t\n") == ["plain,group:base"]


def test_files_where_a_path_is_typed(project: Path) -> None:
    assert tab("runcompare report runs/") == ["file,runs/"]
    assert tab("runcompare report nothing") == ["file,nothing"]


@pytest.mark.parametrize(
    "line",
    ["", "runcompare", "runcompare nosuch x", "runcompare report '", 'runcompare report "a b', "x\\", "runcompare \t"],
)
def test_odd_lines_are_answered_in_silence(project: Path, line: str) -> None:
    for answer in tab(line):
        assert answer.startswith(("plain,", "file,"))


def test_broken_settings_and_runs_are_met_with_silence(project: Path) -> None:
    (project / "runs" / "aaaa1111" / "record.jsonl").write_bytes(b"\0garbage")
    (project / "runs" / "bbbb2222" / "record.jsonl").chmod(0)
    (project / "runs" / "x.wandb").write_bytes(b":W&B")
    os.mkfifo(project / "runs" / "y.wandb")
    assert "cccc3333" in offered("")
    (project / "pyproject.toml").write_text("[tool.runcompare]\nrnus = 1\n")
    assert offered("") == []
    assert tab("runcompare report ") == []


def test_a_call_without_a_line_says_nothing(project: Path) -> None:
    env = {**os.environ, "_RUNCOMPARE_COMPLETE": "zsh_complete"}
    done = subprocess.run([sys.executable, "-m", "runcompare"], env=env, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_shipped_runs_come_quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second is what a shell may take. Processor time counts, for another program's load is not ours; the words
    are cached beforehand, since under load nothing may be found in the time that a shell is given."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(known_runs, "PATIENCE_S", 60.0)
    chosen = settings.load()
    assert known_runs.known_runs(chosen.runs, chosen.store)
    took = []
    for _ in range(3):
        before = os.times()
        answer = tab("runcompare report hjn", cwd=ROOT)
        after = os.times()
        took.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert "plain,hjnqclgk" in answer
    assert min(took) < 0.5


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_all_that_is_printed(project: Path, shell: str) -> None:
    command = [sys.executable, "-m", "runcompare", "completion", shell]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_RUNCOMPARE_COMPLETE={shell}_complete" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"# Install: runcompare completion {shell} > ")


def test_an_unknown_shell(project: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "runcompare", "completion", "tcsh"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("runcompare report se", ["second"]),
        ("runcompare report group:", ["base"]),
        ("runcompare report first sec", ["second"]),
        ("runcompare rep", ["replicate", "report"]),
    ],
)
def test_a_real_bash(project: Path, line: str, expected: list[str]) -> None:
    (project / "bin").mkdir()
    program = project / "bin" / "runcompare"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m runcompare "$@"\n')
    program.chmod(0o755)
    script = f"""
        source <(runcompare completion bash)
        complete -p runcompare
        COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}
        _runcompare_completion runcompare
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    env = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, env=env)
    first, *replies = done.stdout.splitlines()
    assert "-F _runcompare_completion runcompare" in first
    assert replies == expected


def test_no_word_is_offered_that_is_taken_for_an_option() -> None:
    assert not _SAFE.fullmatch("--output=x")
    assert not _SAFE.fullmatch("-x")
    assert _SAFE.fullmatch("a-b")


def logged(folder: Path) -> None:
    """A run with metrics and settings, some of which no shell would take."""
    config = {"training": {"lr": 1e-3, "note": "two words"}, "opt": "adam"}
    with Recorder(folder, id="dddd4444", config=config) as log:
        log.log({"val/acc": 0.5, "val/loss": 1.0, "odd $(key)": 2.0})
    chosen = settings.load()
    assert known_runs.known_keys(chosen.runs, chosen.store)  # cached, for a busy machine reads too slowly for a shell


def test_metrics_that_runs_log(project: Path) -> None:
    logged(project / "runs" / "new")
    assert tab("runcompare report first second --metric val/") == ["plain,val/acc", "plain,val/loss"]
    assert tab("runcompare report first second --metric=val/a") == ["plain,val/acc"]
    assert tab("runcompare cost first --metric val/a") == ["plain,val/acc"]
    assert tab("runcompare report first second --metric odd") == []


def test_settings_and_their_values(project: Path) -> None:
    logged(project / "runs" / "new")
    assert offered("config:tr") == ["config:training.lr=", "config:training.note="]
    assert offered("config:opt=") == ["config:opt=adam"]
    assert offered("config:training.lr=0") == ["config:training.lr=0.001"]
    assert offered("config:training.note=") == []
    assert offered("mine=config:op") == ["mine=config:opt="]
    assert tab("runcompare report config:opt=a") == ["plain,adam"]


def test_keys_are_cached_beside_runs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged(project / "runs" / "new")
    before = offered("config:")
    monkeypatch.setattr(known_runs, "_read", lambda *_: pytest.fail("read"))
    assert offered("config:") == before
    assert offered("dd") == ["dddd4444"]


def test_regions_of_the_grid() -> None:
    answers = tab("runcompare cost x --region d")
    assert "plain,DE" in answers
    assert all(answer.lower().startswith("plain,d") for answer in answers)
