"""Which patterns are found in a key, and which its other words allow."""

import pytest

from runcompare.metrics.matching import find
from runcompare.metrics.patterns import table


def found(key: str) -> set[str]:
    """The words of the patterns that hold in a key, as they stand in it."""
    matches = find(key, table())
    return {" ".join(matches.words.words[i] for i in m.places) for m in matches.sure}


@pytest.mark.parametrize(
    ("key", "patterns"),
    [
        ("cross_entropy", {"cross entropy"}),
        ("grad_norm", {"grad norm"}),
        ("train/word_error_rate", {"word error rate"}),
    ],
)
def test_the_longest_pattern_hides_those_inside_it(key, patterns):
    assert found(key) == patterns


def test_the_longer_of_two_overlapping_patterns_is_taken():
    assert found("tar@far=0.01") == {"tar at far"}  # not "far 0"
    assert found("mean_squared_error_rate") == {"mean squared error", "rate"}  # not "error rate"


def test_a_pair_holds_wherever_its_words_stand():
    assert "loss critic" in found("agent/critic/train/loss")


def test_a_pair_does_not_hold_where_its_modifier_is_part_of_a_phrase():
    assert "loss entropy" in found("entropy_loss")
    assert "loss entropy" not in found("cross_entropy_loss")


@pytest.mark.parametrize(
    ("key", "pattern"), [("tpr_at_fpr", "fpr"), ("acc_at_0.5_fpr", "fpr"), ("loss_per_error", "error")]
)
def test_what_stands_behind_at_and_per_is_no_quantity(key, pattern):
    assert pattern not in found(key)


@pytest.mark.parametrize("key", ["map", "val/map_mean", "my_model/map", "map@100"])
def test_a_pattern_beside_known_words(key):
    assert any(text.startswith("map") for text in found(key))


@pytest.mark.parametrize("key", ["world_map", "map/world", "map_of_world"])
def test_a_pattern_beside_unknown_words(key):
    assert "map" not in found(key)


def test_a_pattern_that_must_stand_first_or_last():
    assert "num" in found("train/num_things")
    assert "num" not in found("things_num_other")
    assert "ratio" in found("things_ratio_mean")
    assert "ratio" not in found("ratio_of_things_f1")


def test_a_pattern_that_must_stand_alone():
    assert "is" in found("metrics/IS")
    assert "is" not in found("is_happy")
