"""Real processes: a trainer of a few lines, run through the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runcompare import Recorder
from runcompare.lab.jobs import locked

TRAINER = """
import random, sys, time, runcompare
words = dict(word.lstrip("-").split("=", 1) for word in sys.argv[1:] if "=" in word)
seed, out, log = int(sys.argv[1]), sys.argv[2], sys.argv[3]
open(log, "a").write(" ".join(f"{k}={v}" for k, v in sorted(words.items())) + f" {seed}\\n")
if words.get("lr") == words.get("fails") and seed == 1:
    sys.exit(3)
level = 1.0 * (0.5 if words.get("lr") == "0.1" else 1) * (0.9 if words.get("width") == "64" else 1)
value = level * (1 + 0.01 * random.Random(f"{seed}-{level}").gauss(0, 1))
hardware = {"cpu": "Some CPU", "cpu_count": 1}
config = {**words, "seed": seed}
with runcompare.Recorder(out, config=config, hardware=hardware, group=words.get("name", "g")) as record:
    record.log({"loss": value})
    record.summary({"test/rmse": value})
"""
NEW = "lr: 0.1\nwidth: 64\nsteps: 5\nlogging: 10\napi_key: sk-abcdefghijklmnopqrstuvwxyz123456\n"
OLD = "lr: 0.3\nwidth: 32\nsteps: 5\nlogging: 20\n"


@pytest.fixture
def lab(tmp_path: Path):
    (tmp_path / "t.py").write_text(TRAINER)
    (tmp_path / "new.yaml").write_text(NEW)
    (tmp_path / "old.yaml").write_text(OLD)
    command = f"{sys.executable} t.py {{seed}} {{out}} log {{overrides}}"

    def call(*words: object, command: str | None = command):
        base = [sys.executable, "-m", "runcompare", "ablate", "new.yaml", "old.yaml", "--out", "ab", "--runs", "."]
        own = [] if command is None else ["--command", command]
        done = subprocess.run(
            [*base, *own, *map(str, words)], cwd=tmp_path, env={**os.environ}, capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr
        assert "internal error" not in done.stderr
        return done

    call.folder, call.command = tmp_path, command
    return call


def started(lab) -> list[str]:
    path = lab.folder / "log"
    return sorted(path.read_text().splitlines()) if path.exists() else []


def test_all_combinations_run_once_and_are_attributed(lab):
    done = lab("--seeds", 3, "--format", "json", "--jobs", 2)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(started(lab)) == len(set(started(lab))) == 12
    assert found["experiment"]["exact"] is True
    shares = {effect["name"]: effect["quality"]["share"]["value"] for effect in found["effects"]}
    assert set(shares) == {"lr", "width"}
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["lr"] == pytest.approx(0.868, abs=0.03)  # log 0.5 of log 0.45
    assert found["effects"][0]["word"] == "better"
    again = lab("--seeds", 3, "--format", "json")
    assert again.stdout == done.stdout
    assert len(started(lab)) == 12


def test_more_seeds_and_other_designs_go_on_from_what_is_there(lab):
    lab("--seeds", 1)
    assert len(started(lab)) == 4
    lab("--seeds", 2, "--factors", "width,lr")
    assert len(started(lab)) == 8
    assert len(set(started(lab))) == 8


def test_arms_that_fail_are_told_and_tried_again_and_the_others_kept(lab):
    failing = f"{lab.command} fails=0.1"
    done = lab("--seeds", 3, "--format", "json", command=failing)
    assert done.returncode == 3
    assert "2 runs have no result" in done.stderr
    assert "ended with code 3" in done.stderr
    assert "type the same command again" in done.stderr
    found = json.loads(done.stdout)
    assert found["experiment"]["unfinished"] == 2
    assert found["effects"][0]["quality"]["share"] is not None
    assert sorted(len(arm["failed"]) for arm in found["ablation"]["arms"]) == [0, 0, 1, 1]
    before = len(started(lab))
    lab("--seeds", 3, command=failing)
    assert len(started(lab)) == before + 2


def test_bookkeeping_and_secrets_are_switched_in_no_arm(lab):
    done = lab("--seeds", 1, "--format", "json")
    assert "'api_key' holds a secret" in done.stderr
    assert not any("sk-abc" in text for text in (done.stdout, done.stderr, *started(lab)))
    assert "sk-abc" not in (lab.folder / "ab" / "ablation.json").read_text()
    assert not any("sk-abc" in path.read_text() for path in (lab.folder / "ab").rglob("config.yaml"))
    assert json.loads(done.stdout)["ablation"]["left_alone"] == ["logging", "api_key"]
    assert not any("logging" in line for line in started(lab))


def test_a_plan_runs_nothing(lab):
    done = lab("--plan-only")
    assert done.returncode == 0
    assert "two factors: width (one setting), lr (one setting)" in done.stdout
    assert "What they will cost is not known" in done.stdout
    assert started(lab) == []
    assert not (lab.folder / "ab").exists()


def test_a_budget_without_a_measured_run_is_an_error(lab):
    done = lab("--budget", 5)
    assert done.returncode == 2
    assert "A budget needs the cost of a run" in done.stderr


def test_a_report_of_the_two_sides_finds_the_ablation(lab):
    lab("--seeds", 3)
    arms = json.loads((lab.folder / "ab" / "ablation.json").read_text())["arms"]
    ids = [",".join(f"id:{run['run_id']}" for run in arm["runs"]) for arm in (arms[-1], arms[0])]
    words = [sys.executable, "-m", "runcompare", "report", *(f"x{i}={ref}" for i, ref in enumerate(ids))]
    done = subprocess.run([*words, "--runs", "."], cwd=lab.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "## What made the difference" in done.stdout
    assert "all 4 combinations of two changes" in done.stdout


def test_a_configuration_file_and_flags_reach_the_trainer(lab):
    (lab.folder / "cat.py").write_text(
        "import sys, pathlib, runcompare\n"
        "pathlib.Path('seen').open('a').write(' '.join(sys.argv[3:5]) + pathlib.Path(sys.argv[5]).read_text())\n"
        "with runcompare.Recorder(sys.argv[2], config={'seed': int(sys.argv[1])}) as r: r.summary({'test/rmse': 1.0})\n"
    )
    done = lab("--seeds", 1, command=f"{sys.executable} cat.py {{seed}} {{out}} {{flags}} {{config}}")
    assert done.returncode == 0, done.stderr
    seen = (lab.folder / "seen").read_text()
    assert "--width=32 --lr=0.1" in seen
    assert "steps: 5" in seen


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("python t.py {overrides}", "takes no seed"),
        ("python t.py {seed}", "takes no settings"),
        ("no-such-program {seed} {overrides}", "no program 'no-such-program'"),
    ],
)
def test_a_command_that_can_not_be_run_is_an_error(lab, command, why):
    done = lab(command=command)
    assert done.returncode == 2
    assert why in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--factors", "lrr"), "Did you mean 'lr'?"),
        (("--factors", "lr,lr+width"), "'lr' is in two factors"),
        (("--factors", "lr,,width"), "empty factor"),
        (("--ignore", "lr", "--ignore", "width"), "There is nothing to ablate"),
        (("--ray", "--slurm"), "exclude each other"),
        (("--slurm-option", "x", "--slurm"), "Write KEY=VALUE"),
    ],
)
def test_what_is_typed_wrongly_is_told(lab, words, why):
    done = lab(*words)
    assert done.returncode == 2
    assert why in done.stderr
    assert started(lab) == []


def test_runs_that_are_there_with_an_arms_settings_are_not_made_again(lab):
    for seed in (0, 7):
        config = {"lr": 0.1, "width": 64, "steps": 5, "logging": 20, "seed": seed}
        with Recorder(lab.folder / "earlier" / f"s{seed}", config=config) as record:
            record.summary({"test/rmse": 0.45})
    done = lab("--seeds", 2, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert len(started(lab)) == 7
    candidate = json.loads(done.stdout)["ablation"]["arms"][-1]
    assert [(run["seed"], run["reused"]) for run in candidate["runs"]] == [(0, True), (1, False), (7, True)]
    assert json.loads(done.stdout)["experiment"]["reused"] == 2
    lab("--seeds", 2, "--no-reuse")
    assert len(started(lab)) == 8


def test_what_is_there_is_told_while_another_ablation_runs_and_nothing_is_run(lab):
    first = lab("--seeds", 1)
    assert first.returncode == 0, first.stderr
    record = (lab.folder / "ab" / "ablation.json").read_text()
    with locked(lab.folder / "ab"):
        done = lab("--seeds", 2, "--as-is", "--record", "copy.json", "--format", "json")
        assert lab("--seeds", 2).returncode == 2
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["experiment"]["unfinished"] == 4
    assert json.loads((lab.folder / "copy.json").read_text())["seeds"] == 2
    assert (lab.folder / "ab" / "ablation.json").read_text() == record
    assert len(started(lab)) == 4


def test_a_document_has_its_picture_beside_it(lab):
    done = lab("--seeds", 3, "-o", "causes.md")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "(causes.png)" in (lab.folder / "causes.md").read_text()
    assert (lab.folder / "causes.png").exists()


def test_what_would_overwrite_an_input_or_the_picture_is_refused_before_anything_is_run(lab):
    for words in (("-o", "new.yaml"), ("--record", "./old.yaml"), ("-o", "x.png"), ("-o", "a.md", "--record", "a.md")):
        done = lab("--seeds", 1, *words)
        assert done.returncode == 2
        assert "overwritten" in done.stderr or "picture" in done.stderr
    assert (lab.folder / "new.yaml").read_text() == NEW
    assert started(lab) == []


def test_a_metric_that_no_run_logs_is_told_and_the_runs_are_kept(lab):
    done = lab("--seeds", 1, "--metric", "test/rsme")
    assert done.returncode == 2
    assert "No run of the ablation logged 'test/rsme'" in done.stderr
    assert "Did you mean 'test/rmse'?" in done.stderr
    assert lab("--seeds", 1, "--metric", "test/rmse").returncode == 0
    assert len(started(lab)) == 4


def test_seeds_without_effect_are_told(lab):
    done = lab("--seeds", 2, command=lab.command.replace("{seed}", "0 ", 1) + " {seed}")
    assert "as if the seed had no effect" in done.stdout, done.stderr


def test_a_secret_in_the_name_of_a_setting_or_a_file_is_not_shown(lab):
    secret = "ghp_" + "a1" * 18
    (lab.folder / "new.yaml").write_text(f"{NEW}{secret}: 1\n")
    (lab.folder / "old.yaml").write_text(f"{OLD}{secret}: 2\n")
    done = lab("--plan-only", "--format", "json")
    assert secret not in done.stdout + done.stderr
    (lab.folder / "new.yaml").write_text("api_key: hunter2-a\n")
    (lab.folder / "old.yaml").write_text("api_key: hunter2-b\n")
    assert "beside those that hold secrets (api_key)" in lab("--plan-only").stderr


def test_a_setting_that_would_be_a_value_and_a_section_is_told(lab):
    (lab.folder / "new.yaml").write_text("lr: 0.1\nmodel: small\n")
    (lab.folder / "old.yaml").write_text("lr: 0.3\nmodel: {width: 3}\n")
    done = lab("--plan-only", "--factors", "lr,model.width")
    assert done.returncode == 2
    assert "can't be on alone" in done.stderr or "can't be off alone" in done.stderr, done.stderr
    assert "a section" in done.stderr
