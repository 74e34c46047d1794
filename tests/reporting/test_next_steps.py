import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from comparisons import make_corrected
from ruamel.yaml import YAML

from runcompare.comparison.model import CorrectedChange
from runcompare.reporting.escape import clean, fenced
from runcompare.reporting.next_steps import config_block


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
        "    epochs: 23  # not 50; the baseline's 15 were still improving",
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
