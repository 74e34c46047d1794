"""Which runs of both sides are pairs: by what they were told, never by their values."""

from dataclasses import replace

import pytest
from paired_runs import seeded_group, seeded_run

from runcompare.comparison.measured import measure
from runcompare.comparison.model import Pair
from runcompare.comparison.pairing import match, unlike
from runcompare.comparison.request import Request
from runcompare.costs import price_book
from runcompare.errors import UsageError
from runcompare.records.run import Group, Hardware

BOOK = price_book(Request())


def matched(new, old, by=None, out=()):
    sides = [
        measure(role, group, BOOK, left_out=dict.fromkeys(out, "stopped"))
        for role, group in (("candidate", new), ("baseline", old))
    ]
    return match(*sides, by)


def test_the_same_seeds_on_both_sides_are_pairs_in_whatever_order():
    new, old = seeded_group("a", {0: 1.0, 2: 1.0, 1: 1.0}), seeded_group("b", {2: 2.0, 0: 2.0, 1: 2.0})
    found = matched(new, old)
    assert found.pairs == tuple(Pair(str(s), (f"a-s{s}",), (f"b-s{s}",)) for s in range(3))
    assert "both sides have seeds 0 to 2" in found.matched
    assert not found.declared
    assert found.alone == ()


def test_a_seed_that_one_side_alone_has_is_named_and_nothing_is_paired():
    found = matched(seeded_group("a", [1.0] * 3), seeded_group("b", [1.0] * 5))
    assert found.pairs == ()
    assert found.matched == "the baseline alone has seeds 3, 4"


def test_declared_pairs_are_those_of_the_seeds_that_both_have():
    found = matched(seeded_group("a", [1.0] * 3), seeded_group("b", [1.0] * 5), "seed")
    assert [pair.key for pair in found.pairs] == ["0", "1", "2"]
    assert found.declared
    assert found.alone == ("b-s3", "b-s4")
    assert "the baseline alone has seeds 3, 4" in found.matched


def test_a_run_that_is_left_out_takes_its_partner_along():
    found = matched(seeded_group("a", [1.0] * 4), seeded_group("b", [1.0] * 4), out=["a-s2"])
    assert [pair.key for pair in found.pairs] == ["0", "1", "3"]
    assert "seed 2 is left out on the candidate's side and so is its partner" in found.matched
    assert found.alone == ("b-s2",)


def test_a_seed_that_occurs_twice_makes_no_pairs_of_its_own_accord_and_a_mean_where_declared():
    twice = seeded_group("a", [1.0, 1.0])
    again = replace(twice.runs[0], info=replace(twice.runs[0].info, id="a-again"))
    new, old = replace(twice, runs=(*twice.runs, again)), seeded_group("b", [1.0, 1.0])
    assert matched(new, old).matched == "seed 0 occurs more than once on the candidate's side"
    assert matched(new, old, "seed").pairs[0] == Pair("0", ("a-s0", "a-again"), ("b-s0",))


def test_runs_without_a_seed_make_no_pairs():
    runs = tuple(replace(run, info=replace(run.info, seed=None)) for run in seeded_group("a", [1.0, 1.0]).runs)
    found = matched(Group("a", "a", runs), seeded_group("b", [1.0, 1.0]))
    assert found.matched == "the seed of a-s0, a-s1 is not known"


def test_one_run_on_a_side_asks_no_question():
    assert matched(seeded_group("a", [1.0]), seeded_group("b", [1.0, 1.0])) is None


@pytest.mark.parametrize("seed", [0, "0"])
def test_a_seed_is_the_same_as_a_number_and_as_a_word(seed):
    new = Group("a", "a", (seeded_run("a", 1, 1.0), seeded_run("a", seed, 1.0)))
    assert len(matched(new, seeded_group("b", [1.0, 1.0])).pairs) == 2


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        ({"batch_size": 16}, "batch_size differs"),
        ({"dataset": "e"}, "dataset differs"),
        ({"model": "n"}, "model differs"),
        ({"n_layers": 3}, "n_layers differs"),
        ({"data_seed": 7}, "data_seed differs"),
        ({"parameters": {"net": 9}}, "parameters.net differs"),
        ({"dataset": None}, "nothing tells that both sides saw the same data"),
        ({"batch_size": None}, "nothing tells that both sides had the same batch size"),
        ({"learning_rate": 3, "weight_decay": 1}, ""),
        ({"data": {"path": "/elsewhere/d"}}, ""),
    ],
)
def test_pairs_are_found_only_where_the_start_and_the_batches_are_known_to_be_the_same(theirs, why):
    ours = {"data_seed": 1} if "data_seed" in theirs else {}
    ours |= {k: v for k, v in theirs.items() if v is None}
    assert unlike(seeded_run("a", 0, 1.0, config=ours), seeded_run("b", 0, 1.0, config=theirs)) == why


def test_processes_and_fingerprints_tell_the_batches_too():
    one = seeded_run("a", 0, 1.0)
    assert unlike(one, replace(one, hardware=Hardware(world_size=4))) == "hardware.world_size differs"
    prints = [replace(one, summary={"data/fingerprint": text}) for text in ("aa", "bb")]
    assert unlike(*prints) == "data/fingerprint differs"
    assert unlike(one, prints[0]) == ""


def test_folds_are_pairs_where_they_are_declared():
    new, old = (
        Group(name, name, tuple(seeded_run(name, f, 1.0, config={"cv": {"fold": f + 1}}) for f in range(3)))
        for name in "ab"
    )
    found = matched(new, old, "cv.fold")
    assert [pair.key for pair in found.pairs] == ["1", "2", "3"]
    with pytest.raises(UsageError, match=r"No run of the candidate has one 'cv.flod'") as error:
        matched(new, old, "cv.flod")
    assert "cv.fold" in error.value.hint


def test_none_makes_no_pairs():
    found = matched(seeded_group("a", [1.0, 1.0]), seeded_group("b", [1.0, 1.0]), "none")
    assert (found.pairs, found.matched) == ((), "as --pair-by none asks")
