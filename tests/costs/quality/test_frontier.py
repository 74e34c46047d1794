"""Groups that no other group beats on both cost and quality."""

from runcompare.costs import Choice, frontier


def test_the_frontier() -> None:
    choices = [Choice("dear", 10.0, 0.1), Choice("cheap", 1.0, 0.1), Choice("best", 5.0, 0.05), Choice("tie", 1.0, 0.1)]
    found = {c.label: c for c in frontier(choices)}
    assert {label for label, c in found.items() if c.on_frontier} == {"cheap", "tie", "best"}
    assert found["dear"].beaten_by == "cheap"
    better = frontier([Choice("a", 1.0, 0.9), Choice("b", 2.0, 0.8)], higher_is_better=True)
    assert [c.on_frontier for c in better] == [True, False]


def test_no_groups_have_no_frontier() -> None:
    assert frontier([]) == ()
