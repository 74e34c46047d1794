"""All keys of one run at once: which way each is better, and which of them the comparison is about.

`key_sets.tsv` holds the key sets of many kinds of training with their true directions and right primary metrics.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from runcompare.errors import UsageError
from runcompare.metrics.metric import Meanings
from runcompare.metrics.primary import choose_metric
from runcompare.metrics.registry import lookup
from runcompare.records.run import Group, Run, RunInfo


class Row(NamedTuple):
    run: str
    key: str
    direction: str | None
    right: bool  # it may be taken as the primary metric


@cache
def rows() -> tuple[Row, ...]:
    text = (Path(__file__).parent / "key_sets.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")][1:]
    return tuple(row for line in lines for row in _rows(*line.split("\t")))


def _rows(run: str, direction: str, keys: str) -> Iterator[Row]:
    for key in keys.split(" | "):
        yield Row(run, key.removeprefix("*"), None if direction == "none" else direction, key.startswith("*"))


def chosen(run: str) -> str | None:
    """The primary metric that is taken of a run's keys; None where the user is asked."""
    keys = [row.key for row in rows() if row.run == run]
    groups = [Group(n, n, (Run(RunInfo(n, n, "test", n), summary=dict.fromkeys(keys, 0.5)),)) for n in "ab"]
    try:
        return choose_metric(*groups, Meanings()).metric.key
    except UsageError:
        return None


RUNS = sorted({row.run for row in rows()})


def test_no_key_is_turned_round_and_none_without_a_direction_is_judged():
    assert not [row for row in rows() if lookup(row.key).direction not in (None, row.direction)]


def test_nearly_all_directions_are_known():
    directed = [row for row in rows() if row.direction]
    unknown = [f"{row.run}: {row.key}" for row in directed if lookup(row.key).direction is None]
    assert len(unknown) <= 0.05 * len(directed), unknown


@pytest.mark.parametrize("run", RUNS)
def test_the_primary_metric_is_right_or_asked_for(run):
    assert chosen(run) in {row.key for row in rows() if row.run == run and row.right} | {None}


def test_few_runs_need_to_ask():
    asked = [run for run in RUNS if chosen(run) is None]
    assert len(asked) <= 0.15 * len(RUNS), asked
