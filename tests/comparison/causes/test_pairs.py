import time

from runcompare.comparison.causes.pairs import find_pairs
from runcompare.comparison.config_changes import config_changes

NEW = {"lr": 0.1, "width": 64, "depth": 4, "same": 1}
OLD = {"lr": 0.3, "width": 32, "depth": 2, "same": 1}


def observed(*others):
    return find_pairs([NEW, OLD, *others], config_changes(NEW, OLD))


def test_groups_that_differ_in_one_setting_show_it():
    found = observed({**OLD, "lr": 0.1})
    assert [(p.paths, p.new, p.old, p.whole) for p in found.pairs] == [
        (("depth", "width"), 0, 2, True),
        (("lr",), 2, 1, True),
    ]
    assert found.inseparable == (("depth", "width"),)


def test_another_step_of_a_setting_is_seen_as_one():
    (pair,) = observed({**OLD, "lr": 0.2}).pairs
    assert (pair.paths, pair.new, pair.old, pair.whole) == (("lr",), 2, 1, False)


def test_the_sides_own_values_come_before_another_step():
    found = observed({**OLD, "lr": 0.2}, {**NEW, "lr": 0.3})
    assert next(p for p in found.pairs if p.paths == ("lr",)) == (("lr",), 0, 3, True)


def test_groups_that_differ_elsewhere_too_show_nothing():
    assert observed({**OLD, "lr": 0.1, "same": 2}).pairs == ()
    assert observed({**OLD, "lr": 0.1, "further": 2}).pairs == ()


def test_with_two_sides_alone_all_that_changed_is_inseparable():
    found = observed()
    assert found.inseparable == (("depth", "lr", "width"),)
    assert [(p.paths, p.whole) for p in found.pairs] == [(("depth", "lr", "width"), True)]


def test_a_setting_that_is_missing_and_one_that_is_none_are_the_same():
    new, old = {"a": 1, "b": None}, {"b": None}
    (pair,) = find_pairs([new, old], config_changes(new, old)).pairs
    assert (pair.paths, pair.whole) == (("a",), True)


def test_values_are_told_apart_as_settings_are():
    new, old = {"flag": True, "path": "/a/x", "list": [1, 2], "nan": float("nan")}, {"flag": 1}
    same = {**new, "path": "/b/x", "list": (1, 2)}
    found = find_pairs([new, old, same], config_changes(new, old))
    assert found.inseparable == (("flag", "list", "nan", "path"),)


def test_thousands_of_settings_in_many_groups_take_no_time():
    new = {f"k{i}": 1 for i in range(5000)}
    old = {f"k{i}": 0 for i in range(5000)}
    others = [{**old, f"k{j}": 1} for j in range(50)]
    started = time.perf_counter()
    found = find_pairs([new, old, *others], config_changes(new, old))
    assert time.perf_counter() - started < 10
    assert sum(len(pair.paths) == 1 for pair in found.pairs) == 50
