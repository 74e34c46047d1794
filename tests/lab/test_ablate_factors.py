import time

import pytest

from runcompare.comparison.config_changes import config_changes
from runcompare.errors import UsageError
from runcompare.lab.ablate_factors import factors_of

NEW = {"opt.lr": 1e-3, "model.width": 64, "model.depth": 4, "train.epochs": 50, "a.x": 1, "b.y": 1, "run_name": "n"}
OLD = {"opt.lr": 1e-4, "model.width": 32, "model.depth": 2, "train.epochs": 15, "a.x": 0, "b.y": 0, "run_name": "o"}
CHANGES = config_changes(NEW, OLD)


def named(wanted: str = "auto", ignore: tuple[str, ...] = ()) -> dict[str, list[str]]:
    return {f.name: [c.path for c in f.changes] for f in factors_of(CHANGES, wanted, ignore).factors}


def test_settings_of_a_kind_are_one_factor_and_unknown_ones_go_by_section():
    assert named() == {
        "model": ["model.depth", "model.width"],
        "lr": ["opt.lr"],
        "epochs": ["train.epochs"],
        "x": ["a.x"],
        "y": ["b.y"],
    }
    assert factors_of(CHANGES).left_alone == ("run_name",)


def test_factors_as_they_are_asked_for_and_what_is_left_is_one_more():
    assert named("opt.lr+epochs,model.width") == {
        "opt.lr+epochs": ["opt.lr", "train.epochs"],
        "model.width": ["model.width"],
        "everything else": ["a.x", "b.y", "model.depth"],
    }


def test_a_factor_may_be_a_section_a_pattern_or_a_kind():
    assert named("model,schedule", ("a", "b", "opt"))["model"] == ["model.depth", "model.width"]
    assert named("m*.w*,schedule", ("a", "b", "opt"))["schedule"] == ["train.epochs"]


def test_what_is_ignored_plays_no_part():
    assert "x" not in named(ignore=("a.*",))


def test_thousands_of_settings_are_told_quickly():
    changes = config_changes({f"s{i % 700}.k{i}": i for i in range(5000)}, {})
    started = time.perf_counter()
    found = factors_of(changes)
    assert time.perf_counter() - started < 5
    assert len(found.factors) <= 10
    assert sum(len(factor.changes) for factor in found.factors) == 5000
    with pytest.raises(UsageError) as error:
        factors_of(changes, "nothing-like-it-zzz")
    assert "and 4988 more" in error.value.hint


def test_more_than_ten_factors_are_too_many():
    changes = config_changes({f"k{i}": 1 for i in range(12)}, {f"k{i}": 0 for i in range(12)})
    with pytest.raises(UsageError, match="11 factors are too many"):
        factors_of(changes, ",".join(f"k{i}" for i in range(11)))
