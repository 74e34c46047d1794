"""What runs were picked from is counted."""

from dataclasses import replace
from pathlib import Path

import pytest
from found_runs import Make
from optuna_tables import write_study

from runcompare.records.run import PICK, Searched
from runcompare.references.places import Places
from runcompare.references.resolve import resolve
from runcompare.references.searches import with_search


@pytest.mark.parametrize(
    ("reference", "searched"),
    [
        ("@best:loss", (Searched(3, "loss", PICK),)),
        ("new=@best:loss@step=0", (Searched(3, "loss", PICK),)),
        ("a@best:acc", (Searched(2, "acc", PICK),)),
        ("b@best:loss", ()),
        ("late0000@best:loss", ()),
        ("a", ()),
        ("@latest", ()),
        ("a@latest@best:loss", ()),
    ],
)
def test_a_pick_says_out_of_how_many(some: list[Path], reference: str, searched: tuple[Searched, ...]) -> None:
    assert resolve(reference, roots=some).searched == searched


def test_an_alias_of_a_pick_is_one(some: list[Path]) -> None:
    assert resolve("top", roots=some, aliases={"top": "@best:loss"}).searched == (Searched(3, "loss", PICK),)


def test_a_trial_is_one_of_its_study(tmp_path: Path) -> None:
    write_study(tmp_path / "study.db", [0.5, 0.7, 0.9, 0.6])
    places = Places([tmp_path])
    group = with_search(resolve("tuned-2", places=places), places)
    assert group.searched == (Searched(4, "val/acc", "study tuned"),)
    picked = with_search(resolve("@best:val/acc", places=places), places)
    assert picked.searched == (Searched(4, "val/acc", PICK),)


def test_seeds_of_one_configuration_are_no_search(tmp_path: Path) -> None:
    write_study(tmp_path / "study.db", [0.5])
    places = Places([tmp_path])
    assert with_search(resolve("tuned-0", places=places), places).searched == ()


def test_what_a_search_is_after_may_be_unknown(tmp_path: Path) -> None:
    write_study(tmp_path / "study.db", [0.5, 0.7])
    places = Places([tmp_path])
    group = resolve("tuned-1", places=places)
    silent = replace(group, runs=tuple(replace(run, declared=()) for run in group.runs))
    assert with_search(silent, places).searched == (Searched(2, None, "study tuned"),)


def test_runs_of_no_search_come_from_none(make: Make, some: list[Path]) -> None:
    places = Places(some)
    assert with_search(resolve("a", places=places), places).searched == ()
