"""`runcompare recommend` as a reader types it: a trainer of their own, a config file with comments, seeds that fail."""

import os
import re
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from runcompare import Recorder

ROOT = Path(__file__).parents[2]

CONFIG = """\
# the new model
model:
  width: 16   # wider
ttc:
  candidates: 16  # more
  horizon: 3
out_dir: /somewhere
"""
TRAINER = """
import random, sys
from ruamel.yaml import YAML
from runcompare import Recorder

config, seed, out = YAML(typ="safe").load(open(sys.argv[1])), int(sys.argv[2]), sys.argv[3]
open("trained", "a").write(f"{seed} ")
if seed in map(int, sys.argv[4:]):
    raise SystemExit("out of memory")
hardware = {"cpu": "Some CPU", "cpu_count": 1}
with Recorder(out, config={**config, "seed": seed}, hardware=hardware, group="mine") as record:
    error = (0.5 if config["model"]["width"] == 16 else 1.0) * (1 + random.Random(seed).gauss(0, 0.01))
    record.log({"loss": error})
    record.summary({"eval/nrmse": error, "eval/ttc_nrmse": error, "eval/baseline_nrmse": error * (1 + seed % 2 / 100)})
"""


def make(folder: Path, group: str, error: float, config: dict[str, object] | None) -> None:
    """Three runs that took a second a call, whatever the machine does: which side is more expensive is no accident."""
    clock = count(1_700_000_000.0)
    monkey = pytest.MonkeyPatch()
    monkey.setattr("runcompare.records.recorder.time.time", lambda: next(clock))
    for seed in range(3):
        hardware = {"cpu": "Some CPU", "cpu_count": 1}
        settings = {**config, "seed": seed} if config is not None else None
        with Recorder(folder / f"{group}-{seed}", group=group, config=settings or {}, hardware=hardware) as record:
            value = error * (1 + seed / 100)
            record.log({"loss": value})
            record.summary(
                {"eval/nrmse": value, "eval/ttc_nrmse": value, "eval/baseline_nrmse": value * (0.99 + seed / 100)}
            )
    monkey.undo()


@pytest.fixture
def lab(tmp_path: Path):
    """Three runs a side: the wider model is better, the wider search is not."""
    make(tmp_path / "done", "new", 0.5, {"model": {"width": 16}, "ttc": {"candidates": 16, "horizon": 3}})
    make(tmp_path / "done", "old", 1.0, {"model": {"width": 8}, "ttc": {"candidates": 8, "horizon": 2}})
    (tmp_path / "new.yaml").write_text(CONFIG)
    (tmp_path / "train.py").write_text(TRAINER)

    def call(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        full = [sys.executable, "-m", "runcompare", "recommend", *map(str, words)]
        done = subprocess.run(full, cwd=tmp_path, env={**os.environ}, capture_output=True, text=True)
        assert "Traceback" not in done.stderr
        assert done.returncode == code, done.stderr
        return done

    call.folder = tmp_path  # type: ignore[attr-defined]
    return call


def written(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_users_own_file_is_changed_at_the_lines_that_differ(lab):
    before = written(lab.folder)
    shown = lab("new", "old", "--config", "new.yaml").stdout
    assert written(lab.folder) == before, "nothing is written without -o"
    assert "-  candidates: 16  # more\n-  horizon: 3\n" in shown
    assert "+  candidates: 8  # more  # not 16; the search gained nothing beyond noise (RC50" in shown
    lab("new", "old", "--config", "new.yaml", "-o", "v3.yaml")
    lines = (lab.folder / "v3.yaml").read_text().splitlines()
    assert [line for line in lines if line in CONFIG.splitlines()] == [
        "# the new model",
        "model:",
        "  width: 16   # wider",
        "ttc:",
        "out_dir: /somewhere",
    ]


def test_without_a_file_the_change_is_to_what_was_logged(lab):
    shown = lab("new", "old", "-o", "v3.yaml").stdout
    assert "the change is to what its runs logged" in shown
    assert "candidates: 8  # not 16" in (lab.folder / "v3.yaml").read_text()
    lab("new", "old", "-o", "v3.json")
    assert '"candidates": 8' in (lab.folder / "v3.json").read_text()


def test_a_file_that_says_something_else_than_the_runs_is_told(lab):
    (lab.folder / "new.yaml").write_text(CONFIG.replace("horizon: 3", "horizon: 9"))
    assert "ttc.horizon is 9 in the file, and was 3 in the runs" in lab("new", "old", "--config", "new.yaml").stdout


def test_each_recommendation_says_what_to_expect_and_what_it_rests_on(lab):
    shown = lab("new", "old", "--cpu-price", "0.05").stdout
    (corrected,) = [line for line in shown.splitlines() if "Run the corrected config" in line]
    assert "Expected: NRMSE" in corrected
    assert "against the candidate" in corrected
    assert "[RC50" in corrected


@pytest.mark.parametrize("format_", ["md", "json"])
def test_secrets_of_the_users_file_are_written_and_never_shown(lab, format_):
    (lab.folder / "new.yaml").write_text(CONFIG.replace("  horizon: 3", "  horizon: 3\n  api_key: hunter2hunter2"))
    done = lab("new", "old", "--config", "new.yaml", "-o", "v3.yaml", "--format", format_)
    assert "api_key" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "  api_key: hunter2hunter2\n" in (lab.folder / "v3.yaml").read_text()


def test_verify_trains_it_and_holds_it_against_the_forecast(lab):
    words = ("new", "old", "--config", "new.yaml", "-o", "v3.yaml", "--verify", "--seeds", 3)
    done = lab(*words, "--command", f"{sys.executable} train.py {{config}} {{seed}} {{out}}")
    assert sorted((lab.folder / "trained").read_text().split()) == ["0", "1", "2"]
    assert "**It was run**: three runs of it are there (`runs/v3`)" in done.stdout
    assert re.search(r"agrees with the forecast|is not what was forecast", done.stdout)
    assert "seed 2 ended: runs/v3/s2" in done.stderr
    again = lab(*words, "--command", f"{sys.executable} train.py {{config}} {{seed}} {{out}}")
    assert (lab.folder / "trained").read_text().split() == (lab.folder / "trained").read_text().split()[:3]
    assert "three runs of it" in again.stdout


def test_seeds_that_end_are_kept_when_others_fail(lab):
    words = ("new", "old", "--config", "new.yaml", "-o", "v3.yaml", "--verify", "--seeds", 3)
    done = lab(*words, "--command", f"{sys.executable} train.py {{config}} {{seed}} {{out}} 1", code=3)
    assert "two runs of it are there" in done.stdout
    assert "Not verified: seed 1 ended with code 1" in done.stdout
    assert "Not every seed ended: seed 1 ended with code 1" in done.stderr
    done = lab(*words, "--command", f"{sys.executable} train.py {{config}} {{seed}} {{out}}")
    assert "three runs of it are there" in done.stdout
    assert sorted((lab.folder / "trained").read_text().split()) == ["0", "1", "1", "2"]


def test_another_corrected_config_does_not_mix_with_finished_seeds(lab):
    command = f"{sys.executable} train.py {{config}} {{seed}} {{out}}"
    lab("new", "old", "--config", "new.yaml", "-o", "v3.yaml", "--verify", "--seeds", 1, "--command", command)
    (lab.folder / "new.yaml").write_text(CONFIG.replace("# wider", "# as wide"))
    words = ("new", "old", "--config", "new.yaml", "-o", "v3.yaml", "--verify", "--seeds", 1, "--command", command)
    assert "holds runs of another corrected config" in lab(*words, code=2).stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--verify",), 2, "How to train the corrected config is not known"),
        (("--verify", "--command", "python train.py --seed {seed}"), 2, "does not take the corrected config"),
        (("--verify", "--command", "python train.py {config}"), 2, "takes no seed"),
        (("-o", "v3.toml"), 2, "can't be written as TOML"),
        (("--config", "new.yaml", "-o", "v3.json"), 2, "would not be"),
        (("--config", "new.yaml", "-o", "new.yaml"), 2, "the candidate's own file"),
        (
            (
                "--config",
                "train.py",
            ),
            2,
            "is no configuration",
        ),
        (
            (
                "--config",
                "broken.yaml",
            ),
            2,
            "is no YAML configuration",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_trained(lab, words, code, says):
    (lab.folder / "broken.yaml").write_text("a: [")
    assert says in " ".join(lab("new", "old", *words, code=code).stderr.split())
    assert not (lab.folder / "trained").exists()
    assert not (lab.folder / "runs").exists()


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (None, "no configuration is logged of the candidate"),
        ({"model": {"width": 8}, "ttc": {"candidates": 8, "horizon": 2}}, "no setting differs"),
        ({"model": {"width": 4}, "ttc": {"candidates": 8, "horizon": 2}}, "the baseline stays"),
        ({"model": {"width": 9}, "ttc": {"candidates": 8, "horizon": 2}}, "it is not known yet"),
    ],
)
def test_where_there_is_no_corrected_config_it_is_said_why(lab, config, says):
    make(lab.folder / "done", "third", 2.0 if config is not None and config["model"]["width"] == 4 else 1.0, config)
    shown = lab("third", "old").stdout
    assert "There is none: " in shown
    assert says in shown
    assert "There is no corrected config to write" in lab("third", "old", "-o", "v3.yaml", code=3).stderr


def test_the_shipped_corrected_config_is_what_recommend_makes_of_the_candidates(tmp_path):
    shipped = ROOT / "examples"
    made = tmp_path / "corrected.yaml"
    words = ("hjnqclgk", "baseline32", "--config", str(shipped / "hjnqclgk.yaml"), "-o", str(made))
    command = [sys.executable, "-m", "runcompare", "recommend", *words, "--runs", str(shipped / "runs")]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    read = YAML(typ="safe").load
    assert read(made) == read(shipped / "corrected.yaml")
