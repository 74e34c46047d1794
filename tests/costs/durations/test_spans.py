"""Unions, cuts, and whose moment it is."""

from hypothesis import given
from hypothesis import strategies as st

from runcompare.costs.durations.spans import assign, cut, length, union

spans = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda s: (float(s[0]), float(s[1]))))


def test_union_counts_overlaps_once_and_drops_backward_stretches() -> None:
    assert union([(5, 7), (0, 3), (2, 4), (9, 8)]) == ((0, 4), (5, 7))


@given(spans, spans)
def test_a_cut_and_what_it_took_make_the_whole(
    one: list[tuple[float, float]], other: list[tuple[float, float]]
) -> None:
    left = cut(one, other)
    assert length(union([*left, *union(other)])) == length(union([*one, *other]))
    assert length(left) + length(union(other)) == length(union([*one, *other]))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_assigned_moments_add_up_to_the_union(marks: list[tuple[str, int, int]]) -> None:
    named = [(name, (float(a), float(max(a, b)))) for name, a, b in marks]
    parts = assign(named)
    assert sum(length(p) for p in parts.values()) == length(union(s for _, s in named))


def test_the_inner_stage_owns_the_moment() -> None:
    assert assign([("train", (0, 10)), ("eval", (4, 6))]) == {"train": ((0, 4), (6, 10)), "eval": ((4, 6),)}
