import pytest
from logged_runs import logged, logged_sides

from runcompare.comparison.stages.detect import detect_stages
from runcompare.comparison.stages.families import MOST_LOSSES, MOST_TABLES, describe, lay_out


def laid_out(columns):
    run = logged(columns)
    return lay_out(detect_stages([run]), [run])


def test_a_few_stages_get_a_table_each():
    layout = laid_out({f"stage{k}/loss": [1.0, 0.5] for k in range(MOST_TABLES)})
    assert len(layout.tables) == MOST_TABLES
    assert layout.groups == ()


def test_many_layers_are_described_and_named_stages_keep_their_tables():
    layers = {f"layer{k}/{q}": [1.0, 0.5] for k in range(200) for q in ("loss", "grad_norm")}
    layout = laid_out({"decoder/loss": [1.0, 0.5], **layers})
    assert [stage.name for stage in layout.tables] == ["decoder"]
    assert [len(group) for group in layout.groups] == [200, 200]


def test_stages_of_any_name_have_at_most_twelve_tables():
    names = [f"{a}{b}" for a in "abcdef" for b in "uvwxyz"]
    layout = laid_out({f"{name}/loss": [1.0, 0.5] for name in names})
    assert len(layout.tables) == MOST_TABLES
    assert sum(len(group) for group in layout.groups) == len(names) - MOST_TABLES


def test_norms_of_layers_are_one_group():
    norms = {f"grad_norm/layers.{k}.{kind}": [1.0] for k in range(4) for kind in ("weight", "bias")}
    layout = laid_out({"loss": [1.0, 0.5], **{key: [1.0, 1.0] for key in norms}})
    assert [len(group) for group in layout.groups] == [8]


def test_of_many_losses_the_first_are_shown_and_the_rest_described():
    layout = laid_out({f"{role}/loss_{k}": [1.0, 0.5] for role in ("train", "val") for k in "abcdefghijkl"})
    assert len(layout.tables[0].losses) == MOST_LOSSES
    assert [len(group) for group in layout.groups] == [4, 4]


def test_a_group_is_how_many_their_median_and_the_largest_change():
    keys = [f"layer{k}/grad_norm" for k in range(3)]
    new, old = logged_sides(
        [{key: [9.0, value] for key, value in zip(keys, (2.0, 1.0, 0.1), strict=True)}],
        [{key: [9.0, 1.0] for key in keys}],
    )
    family = describe(keys, new, old)
    assert family.pattern == "layer*/grad_norm"
    assert family.median == 1
    assert (family.largest.key, family.largest.ratio) == ("layer2/grad_norm", pytest.approx(0.1))
    assert [change.candidate for change in family.changes] == pytest.approx([2.0, 1.0, 0.1])


def test_keys_of_one_side_or_without_a_number_have_no_change():
    new, old = logged_sides([{"a1/loss": [1.0], "a2/loss": [float("nan")]}], [{"a2/loss": [1.0]}])
    family = describe(["a1/loss", "a2/loss"], new, old)
    assert (family.median, family.largest) == (None, None)
    assert [(change.candidate, change.baseline) for change in family.changes] == [(1.0, None), (None, 1.0)]
