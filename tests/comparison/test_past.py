"""The history tells of the noise only where it measured the same thing, to the end."""

import runcompare
from runcompare.comparison.past import usable_history
from runcompare.records.run import Group


def run(name: str, seed: int, length: int = 10, **config):
    rows = [{"step": i, "loss": (1.0 + 0.1 * seed) / (i + 1)} for i in range(length)]
    return runcompare.from_frame(rows, name=name, config={"lr": 1, "seed": seed, **config})


def group(label: str, *runs) -> Group:
    return Group(label, label, tuple(runs))


SIDE = group("new", run("new", 0, data={"name": "burgers"}))


def test_groups_of_other_data_are_left_out_and_named():
    old = group("old", *(run(f"o{s}", s, data={"name": "heat"}) for s in range(2)))
    past = usable_history([old], SIDE, "loss")
    assert past.groups == ()
    assert "data.name is heat there and burgers here" in past.notes[0]


def test_a_run_that_stopped_is_left_out_of_its_group():
    old = group("old", run("o0", 0), run("o1", 1), run("o2", 2, length=2))
    past = usable_history([old], SIDE, "loss")
    assert [one.id for one in past.groups[0].runs] == ["o0", "o1"]
    assert "o2 of old is left out: ended at 20 % of the others' steps" in past.notes[0]


def test_groups_with_one_label_all_count():
    groups = [group("lr", run(f"{name}0", 0), run(f"{name}1", 1)) for name in "ab"]
    past = usable_history(groups, SIDE, "loss")
    assert [one.label for one in past.groups] == ["lr (a0)", "lr (b0)"]


def test_a_group_of_one_result_is_no_group_and_is_named():
    old = group("old", run("o0", 0), run("o1", 1, length=2))
    past = usable_history([old], SIDE, "loss")
    assert past.groups == ()
    assert past.notes[0] == "History: old is left out: fewer than two runs have a result loss."


def test_groups_without_the_metric_are_named_together():
    old = [group(f"old{i}", run("a", 0), run("b", 1)) for i in range(7)]
    past = usable_history(old, SIDE, "acc")
    assert past.groups == ()
    assert past.notes == (
        "History: old0, old1, old2, old3, old4 and 2 more are left out: fewer than two runs have a result acc.",
    )
