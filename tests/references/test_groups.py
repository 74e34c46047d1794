"""Groups are found without names, each with a reference that names it and nothing else."""

from pathlib import Path

import pytest

from runcompare import Recorder
from runcompare.records.run import Grouping
from runcompare.references.groups import found_groups, neighbour
from runcompare.references.places import Places
from runcompare.references.resolve import resolve


def record(folder: Path, run_id: str, seed: int, lr: float, group: str | None = None) -> None:
    with Recorder(folder / run_id, id=run_id, group=group, config={"lr": lr, "width": 8, "seed": seed}) as log:
        for step in range(4):
            log.log({"loss": lr / (step + 1 + 0.01 * seed)}, step=step)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for seed in range(3):
        record(tmp_path, f"aaaa{seed}", seed, 0.1, "base")
        record(tmp_path, f"bbbb{seed}", seed, 0.2)
    record(tmp_path, "alone", 0, 0.3)
    return Places([tmp_path])


def test_what_they_share_and_what_to_type(places):
    found = found_groups(places).groups
    assert [(one.group.reference, len(one.group)) for one in found] == [
        ("base", 3),
        ("config:lr=0.2", 3),
        ("alone", 1),
    ]
    assert found[1].differs == {"lr": 0.2}
    assert found[1].shared == {"lr": 0.2, "width": 8}


def test_each_reference_names_its_group(places):
    for one in found_groups(places).groups:
        group = resolve(one.group.reference, places=places)
        assert {run.id for run in group.runs} == {run.id for run in one.group.runs}


def test_runs_of_unknown_settings_are_grouped_by_names_that_differ_by_the_seed(tmp_path):
    for arm, level in (("ppo", 1.0), ("a2c", 2.0)):
        for seed in range(2):
            folder = tmp_path / arm / f"seed{seed}"
            folder.mkdir(parents=True)
            rows = "".join(f"{i},{(level + 0.1 * seed) / (i + 1)}\n" for i in range(5))
            (folder / "progress.csv").write_text(f"step,loss\n{rows}")
    found = found_groups(Places([tmp_path])).groups
    assert [one.group.reference for one in found] == ["a2c/seed*", "ppo/seed*"]
    assert {one.group.grouping for one in found} == {Grouping.NAMES}


def test_the_nearest_run_of_another_group(places):
    found = [one.group for one in found_groups(places).groups]
    near = neighbour(found[0], found[1:])
    assert near is not None
    assert near.apart == {"lr": (0.1, near.run.config["lr"])}
