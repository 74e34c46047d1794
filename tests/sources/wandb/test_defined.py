"""Definitions of metrics, in all the forms in which W&B keeps them."""

from types import SimpleNamespace

import polars as pl
import pytest

from runcompare.records.history import History
from runcompare.sources.wandb.defined import Definition, declared, definition_of, definitions_in, joined_summary

LOSS = Definition("val/*", "epoch", frozenset({"min"}))


def test_the_numbered_form_of_config_yaml() -> None:
    entries = [{"1": "epoch"}, {2: "val/*", 5: 1, 6: [1], 7: [1]}, {"1": "acc", "7": [2, 4], "8": 2}, {"6": [1]}, "x"]
    for config in ({"_wandb": {"value": {"m": entries}}}, {"_wandb": {"m": entries}}):
        assert definitions_in(config) == [
            Definition("epoch"),
            LOSS,
            Definition("acc", "", frozenset({"max", "best"}), "maximize"),
        ]


@pytest.mark.parametrize("odd", [None, {}, {"_wandb": 3}, {"_wandb": {"value": {"m": "x"}}}, {"_wandb": {"m": [3]}}])
def test_other_forms_define_nothing(odd: object) -> None:
    assert definitions_in(odd) == []


def test_the_record_of_a_log() -> None:
    kept = SimpleNamespace(min=True, max=False, mean=False, best=False, first=False)
    record = SimpleNamespace(name=b"", glob_name=b"val/*", step_metric=b"epoch", summary=kept, goal=0)
    assert definition_of(record) == LOSS


@pytest.mark.parametrize(
    ("definition", "direction"),
    [
        (LOSS, "min"),
        (Definition("a", keeps=frozenset({"min", "max"})), None),
        (Definition("a", keeps=frozenset({"min"}), goal="maximize"), "maximize"),
        (Definition("a", keeps=frozenset({"last", "mean"})), None),
    ],
)
def test_a_goal_says_more_than_what_is_kept(definition: Definition, direction: str | None) -> None:
    assert definition.direction == direction


def test_a_key_of_its_own_comes_before_a_pattern() -> None:
    own = Definition("val/acc", keeps=frozenset({"max"}))
    found = declared([own, LOSS], ["val/loss", "val/acc", "train/loss", "_step"])
    assert {d.key: d.direction for d in found} == {"val/loss": "min", "val/acc": "max"}


def test_kept_values_are_those_of_all_attempts() -> None:
    kept = [
        Definition("a", keeps=frozenset({"min", "max", "first", "mean"})),
        Definition("b", keeps=frozenset({"best"}), goal="maximize"),
    ]
    summaries = [
        {"a.min": 1.0, "a.max": 5.0, "a.first": 3.0, "a.mean": 2.0, "b.best": 9.0, "c.min": 1.0},
        {"a.min": 2.0, "a.max": 4.0, "a.first": 4.0, "a.mean": 3.0, "b.best": 8.0, "c.min": 2.0},
    ]
    joined = joined_summary(summaries, kept, History(pl.DataFrame({"a": [1.0, 6.0]})))
    assert joined == {"a.min": 1.0, "a.max": 5.0, "a.first": 3.0, "a.mean": 3.5, "b.best": 9.0, "c.min": 2.0}
