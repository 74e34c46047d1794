import io
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from comparisons import make_comparison, make_corrected
from ruamel.yaml import YAML

from runcompare.cli import cli
from runcompare.comparison.model import CorrectedChange
from runcompare.reporting.escape import clean, fenced
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
        "    epochs: 23  # not 50; nothing improved after that",
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


def curve(path: Any, level: float) -> None:
    path.parent.mkdir(parents=True)
    rows = "".join(f"{t},{level + 1 / (t + 1)},{9 - level}\n" for t in range(12))
    path.write_text(f"step,zorb score,val/loss\n{rows}")


GIVEN = (
    (),
    ("--metric", "zorb score"),
    ("--metric", "zorb score", "--direction", "max", "--scale", "linear", "--value", "mean-last:10%"),
    ("--metric", "val/loss", "--min-effect", "2%", "--guardrail", "zorb score:min", "--noise-cv", "0.1"),
    ("--gpu-price", "2.1", "--cpu-price", "0.05", "--alpha", "0.1", "--force"),
)


@pytest.mark.parametrize("given", GIVEN, ids=" ".join)
def test_the_commands_run_and_keep_what_the_user_gave(tmp_path: Any, monkeypatch: Any, given: tuple[str, ...]) -> None:
    """In a folder whose name a shell would split."""
    runs = tmp_path / "my runs"
    curve(runs / "new one" / "progress.csv", 0.4)
    curve(runs / "old" / "progress.csv", 0.5)
    monkeypatch.chdir(tmp_path)
    first = CliRunner().invoke(cli, ["report", "my runs/new one", "my runs/old", "--runs", str(runs), *given])
    assert first.exit_code == 0, first.output
    block = re.findall(r"```bash\n(.*?)```", first.stdout, re.DOTALL)[-1]
    commands = [shlex.split(line) for line in block.splitlines() if not line.startswith("#")]
    again = [words for words in commands if words[1] == "report"]
    assert again
    for words in again:
        if "--looks" in words:  # a ledger is begun for the next look; this one was in none
            assert words[words.index("--looks") :] == ["--looks", "looks.jsonl"]
            words = words[: words.index("--looks")]
        assert words[-len(given) :] == list(given) or sorted(words[6:]) == sorted(given)
        assert words[4:6] == ["--runs", str(runs)]
        repeated = CliRunner().invoke(cli, words[1:])
        assert repeated.exit_code == 0, repeated.output
        assert repeated.stdout == first.stdout


def test_more_seeds_keep_what_replicate_knows() -> None:
    c = make_comparison()
    asked = {"metric": "a b", "direction": "max", "runs": ("r",), "min_effect": "2%", "gpu_price": 2.1}
    seeds = replace(c.recommendations[0], action="run_seeds", facts={"seeds_low": 4})
    lines = next_commands(replace(c, options=replace(c.options, asked=asked), recommendations=(seeds,)))
    known = "--runs r --metric 'a b' --min-effect 2% --gpu-price 2.1"
    assert f"runcompare replicate hjnqclgk --seeds 4 {known}" in lines


def test_runs_in_memory_have_no_command() -> None:
    c = make_comparison()
    named = replace(c.candidate, reference=", ".join(run.id for run in c.candidate.runs))
    (line,) = next_commands(replace(c, candidate=named))
    assert line.startswith("#")
