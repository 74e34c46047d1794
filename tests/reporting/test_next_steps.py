import io
import json
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import wblog
from click.testing import CliRunner, Result
from comparisons import make_comparison, make_corrected
from ruamel.yaml import YAML
from wandb.proto import wandb_internal_pb2 as pb
from wandb_logs import write

import runcompare
from runcompare.cli import cli
from runcompare.comparison.model import CorrectedChange, Tried
from runcompare.comparison.trainer import Trainer
from runcompare.reporting.escape import clean, fenced
from runcompare.reporting.markdown import to_markdown
from runcompare.reporting.next_steps import config_block, next_commands


def load(block: str) -> Any:
    return YAML(typ="safe").load(io.StringIO(block))


def block_of(*changes: CorrectedChange) -> str:
    return config_block(replace(make_corrected(), changes=changes))


def test_says_what_changes_and_what_it_was() -> None:
    assert config_block(make_corrected()).splitlines() == [
        "ttc:",
        "  candidates: 8  # not 16",
        "stages:",
        "  operator:",
        "    epochs: 23  # not 50; held-out loss rose after that",
        "# remove training.rollout_horizon (was 3)",
    ]


@pytest.mark.parametrize(
    "value", [8, 0.03, 1e-3, 1e-10, True, "adamw", "1e-3", "yes", "", "a: b", "# no", [1, "x"], {"k": [1.5]}]
)
def test_values_load_as_they_are(value: Any) -> None:
    assert load(block_of(CorrectedChange("a.b", value, 1, value, "baseline-value"))) == {"a": {"b": value}}


def test_hostile_words_load_as_words(word: str) -> None:
    block = block_of(
        CorrectedChange(f"m.{word.replace('.', '')}", word, word, word, "baseline-value"),
        CorrectedChange(f"gone.{word}", None, word, None, "removed"),
    )
    assert load(block) == {"m": {clean(word.replace(".", "")): clean(word)}}


def test_no_value_ends_the_fence() -> None:
    block = block_of(CorrectedChange("a", "```\n# Heading\n````", 1, 2, "baseline-value"))
    first, *_, last = fenced(block, "yaml").splitlines()
    assert first == "`````yaml"
    assert last == "`````"
    assert "`````" not in block


def test_only_removals_are_a_comment_and_load_as_nothing() -> None:
    block = block_of(CorrectedChange("a.b", None, 3, None, "removed"))
    assert block == "# remove a.b (was 3)"
    assert load(block) is None


def test_a_path_below_a_value_still_loads() -> None:
    block = block_of(
        CorrectedChange("opt", "sgd", "adam", "sgd", "baseline-value"),
        CorrectedChange("opt.lr", 0.1, 0.2, 0.1, "baseline-value"),
    )
    assert isinstance(load(block)["opt"], Mapping)


TRAINER = """
import json, random, sys
from pathlib import Path

import runcompare

given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
config, seed = json.loads(Path(given["--config"]).read_text()), int(given["--seed"])
with runcompare.Recorder(Path(given["--out"]), config={**config, "seed": seed}) as record:
    for step in range(4):
        level = config["model"]["level"] + random.Random(seed).gauss(0, 0.004)
        record.log({"zorb score": level + 1 / (step + 1), "val/loss": 9 - level})
"""
NEW = {"model": {"level": 0.51, "width": 16}, "extra": {"new": 1}}
OLD = {"model": {"level": 0.5, "width": 8}}


def started(
    folder: Path, name: str, config: Mapping[str, Any], seed: int, *, args: Sequence[str] = (), rows: Any = None
) -> None:
    """A W&B run that says how it was started, if it was told `args`."""
    rows = rows or [
        {"zorb score": config["model"]["level"] + (seed * 3 % 5) / 500 + 1 / (t + 1), "val/loss": 9.0 - t}
        for t in range(4)
    ]
    id_ = f"{name}{seed}abcde"[:8]
    records = wblog.simple_log(rows, id_, 1_000 + seed, run_group=name, config={**config, "seed": seed})
    if args:
        told = pb.EnvironmentRecord(python="3.12", program="train.py", args=args)
        records.append(pb.Record(num=len(records) + 1, environment=told).SerializeToString())
    write(folder / f"offline-run-20260101_00000{seed}-{id_}", records, f"run-{id_}.wandb")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a trainer of the reader's own, its two configs, and runs of both in a folder with a blank."""
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(TRAINER)
    for name, config in (("new", NEW), ("old", OLD)):
        Path(f"{name}.json").write_text(json.dumps(config, indent=2))
    return tmp_path


def logged(*, told: bool, seeds: int = 2) -> None:
    for name, config in (("new", NEW), ("old", OLD)):
        for seed in range(seeds):
            args = ("--config", f"{name}.json", "--seed", str(seed), "--out", f"out/{name}-{seed}")
            started(Path("my runs", name), name, config, seed, args=args if told else ())


def call(words: Sequence[str]) -> Result:
    return CliRunner().invoke(cli, list(words))


def commands(document: str) -> list[list[str]]:
    """The commands under "Next steps"; `python` is this one, wherever the tests run."""
    found = re.search(r"^## Next steps\n+```bash\n(.*?)```", document, re.DOTALL | re.MULTILINE)
    lines = found[1].splitlines() if found else []
    here = [line.replace("'python ", f"'{sys.executable} ") for line in lines if not line.startswith("#")]
    return [shlex.split(line) for line in here]


GIVEN = (
    ("--metric", "zorb score", "--direction", "min"),
    ("--metric", "zorb score", "--direction", "max", "--scale", "linear", "--value", "mean-last:50%"),
    ("--metric", "val/loss", "--min-effect", "2%", "--guardrail", "zorb score:min", "--noise-cv", "0.1"),
    ("--metric", "zorb score", "--direction", "min", "--cpu-price", "0.05", "--alpha", "0.1", "--force"),
)


@pytest.mark.parametrize("given", GIVEN, ids=" ".join)
def test_every_command_runs_as_printed_and_keeps_what_the_user_gave(project: Path, given: tuple[str, ...]) -> None:
    """With a trainer whose command the logs tell: seeds are added, and the next report has them."""
    logged(told=True)
    first = call(["report", "my runs/new", "my runs/old", "--runs", "my runs", *given])
    assert first.exit_code == 0, first.output
    found = commands(first.stdout)
    assert found
    for words in found:
        assert words[0] == "runcompare"
        flags = {"report": given, "recommend": given, "replicate": ("--metric", given[1])}[words[1]]
        assert set(flags) <= set(words), words
        assert words[words.index("--runs") + 1] == "my runs"
        done = call(words[1:])
        assert done.exit_code == 0, f"{words}: {done.output}"
        if words[1] == "report" and ",runs/" in words[2]:
            trained = len(list(Path("runs/candidate").rglob("record.jsonl")))
            assert trained
            assert len(re.findall(r"^\| candidate \| ", done.stdout, re.MULTILINE)) == 2 + trained


def test_the_corrected_config_is_written_trained_and_compared_as_printed(project: Path) -> None:
    logged(told=True, seeds=4)
    given = ("--metric", "zorb score", "--direction", "min", "--cpu-price", "0.05", "--runs", "my runs")
    comparison = runcompare.compare(
        "my runs/new", "my runs/old", metric="zorb score", direction="min", cpu_price=0.05, runs="my runs"
    )
    part = replace(make_corrected(), changes=(CorrectedChange("extra.new", None, 1, None, "removed"),))
    lines = next_commands(replace(comparison, corrected=part, recommendations=()))
    (write, look) = [shlex.split(line) for line in lines if not line.startswith("#")]
    assert write[:6] == ["runcompare", "recommend", "my runs/new", "my runs/old", "--runs", "my runs"]
    assert write[write.index("--command") + 1] == "python train.py --config {config} --seed {seed} --out {out}"
    assert "look at the command before you run it" in lines[0]
    assert look[:4] == ["runcompare", "report", "runs/corrected", "my runs/new"]
    assert set(given) <= set(look)


SEARCHER = """
import json, random, sys
from pathlib import Path

import runcompare

given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
config, seed = json.loads(Path(given["--config"]).read_text()), int(given["--seed"])
with runcompare.Recorder(Path(given["--out"]), config={**config, "seed": seed}) as record:
    error = (0.5 if config["model"]["width"] == 16 else 1.0) * (1 + random.Random(seed).gauss(0, 0.004))
    record.log({"loss": error})
    record.summary({"eval/nrmse": error, "eval/ttc_nrmse": error, "eval/baseline_nrmse": error * (1 + seed % 2 / 100)})
"""


def test_what_a_report_prints_on_the_corrected_config_trains_and_compares_it(project: Path) -> None:
    """The wider model is better, the wider search is not: the report's own next steps, typed one after the other."""
    Path("train.py").write_text(SEARCHER)
    for name, width, candidates in (("new", 16, 16), ("old", 8, 8)):
        config = {"model": {"width": width}, "ttc": {"candidates": candidates}}
        Path(f"{name}.json").write_text(json.dumps(config, indent=2))
        for seed in range(3):
            error = (0.5 if width == 16 else 1.0) * (1 + seed / 100)
            last = {"eval/nrmse": error, "eval/ttc_nrmse": error, "eval/baseline_nrmse": error * (0.99 + seed / 100)}
            args = ("--config", f"{name}.json", "--seed", str(seed), "--out", f"out/{name}-{seed}")
            started(Path("my runs", name), name, config, seed, args=args, rows=[{"loss": error, **last}])
    first = call(["report", "my runs/new", "my runs/old", "--runs", "my runs", "--metric", "eval/nrmse"])
    found = commands(first.stdout)
    write, look = next((a, b) for a, b in pairwise(found) if a[1] == "recommend")
    assert "--verify" in write
    for words in (write, look):
        done = call(words[1:])
        assert done.exit_code == 0, f"{words}: {done.output}"
    assert len(list(Path("runs").rglob("record.jsonl"))) == int(write[write.index("--seeds") + 1])
    assert look[2] in done.stdout


@pytest.mark.parametrize("args", [("--lr", "0.1"), ("--seed", "0"), ("--seed", "0", "--api-key", "hunter2hunter2")])
def test_a_command_that_would_fail_is_left_out(project: Path, args: tuple[str, ...]) -> None:
    """Without a place for the seed or the folder, with a secret taken out, or without any word on it."""
    for name, config in (("new", NEW), ("old", OLD)):
        started(Path("my runs", name), name, config, 0, args=args)
    done = call(["report", "my runs/new", "my runs/old", "--metric", "zorb score", "--direction", "min"])
    assert done.exit_code == 0, done.output
    assert not commands(done.stdout)
    steps = done.stdout.split("## Next steps")[1]
    assert "hunter2" not in done.stdout
    assert re.search(r"^# train 2 more seeds of new", steps, re.MULTILINE)
    assert "(OLD,NEW): runcompare report 'my runs/new' 'my runs/old' --metric 'zorb score' --direction min" in steps


def test_nothing_stands_there_where_nothing_is_left_to_do() -> None:
    c = make_comparison()
    assert next_commands(replace(c, recommendations=(), corrected=None)) == []
    assert "## Next steps" not in to_markdown(replace(c, recommendations=(), corrected=None))


def test_runs_of_the_corrected_config_are_compared_rather_than_trained_again() -> None:
    c = make_comparison()
    tried = Tried("v3", "v3", ("a", "b"), c.quality, c.quality, ())
    lines = next_commands(replace(c, recommendations=(), corrected=replace(make_corrected(), tried=tried)))
    assert lines[1:] == ["runcompare report v3 hjnqclgk"]


def test_more_seeds_keep_what_replicate_knows() -> None:
    c = make_comparison()
    asked = {"metric": "a b", "direction": "max", "runs": ("r",), "min_effect": "2%", "gpu_price": 2.1}
    seeds = replace(c.recommendations[0], action="run_seeds", facts={"seeds_low": 4})
    ours = replace(c.candidate, trainer=Trainer("engine"))
    c = replace(c, candidate=ours, options=replace(c.options, asked=asked), recommendations=(seeds,))
    known = "--runs r --metric 'a b' --min-effect 2% --gpu-price 2.1"
    assert f"runcompare replicate hjnqclgk --seeds 4 --out runs/candidate {known}" in next_commands(c)


def test_runs_in_memory_have_no_command() -> None:
    c = make_comparison()
    named = replace(c.candidate, reference=", ".join(run.id for run in c.candidate.runs))
    (line,) = next_commands(replace(c, candidate=named))
    assert line.startswith("#")
