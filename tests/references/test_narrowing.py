"""What follows an @ takes one of several runs, or cuts each."""

from pathlib import Path

import pytest
from found_runs import Make, found

from runcompare import Recorder
from runcompare.errors import AmbiguousReference, UsageError
from runcompare.metrics import metric
from runcompare.metrics.stated import Statement
from runcompare.references.resolve import resolve


@pytest.mark.parametrize(
    ("reference", "expected", "label"),
    [
        ("config:opt.lr=0.1", ["early000", "middle00"], "opt.lr=0.1"),
        ("config:opt.lr=1e-1", ["early000", "middle00"], "opt.lr=1e-1"),
        ("config:opt.lr = .001", ["late0000"], "opt.lr = .001"),
        ("config:opt.name=sgd", ["late0000"], "opt.name=sgd"),
        ("config:seed=1.0", ["middle00"], "seed=1.0"),
        ("x=config:seed=1", ["middle00"], "x"),
        ("@latest", ["late0000"], "late0000"),
        ("a@latest", ["middle00"], "middle00"),
        ("config:opt.name=adam@latest", ["middle00"], "middle00"),
        ("@best:loss", ["middle00"], "middle00"),
        ("@best:acc", ["middle00"], "middle00"),
        ("@best:eval/nrmse", ["middle00"], "middle00"),
        ("name:*000@best:loss", ["late0000"], "late0000"),
        ("new=@best:loss", ["middle00"], "new"),
        ("a@step=0", ["early000@step=0", "middle00@step=0"], "a@step=0"),
        ("old=late0000@step=10", ["late0000@step=10"], "old"),
        ("late0000@step=1e9", ["late0000"], "late0000@step=1e9"),
        ("@latest@step=10", ["late0000@step=10"], "late0000@step=10"),
    ],
)
def test_one_of_several_or_a_part_of_each(some: list[Path], reference: str, expected: list[str], label: str) -> None:
    group = resolve(reference, roots=some)
    assert (found(group), group.label, group.reference) == (expected, label, reference)


def test_what_follows_an_at_goes_from_left_to_right(make: Make, tmp_path: Path) -> None:
    make("aaaa0000", values=(0.5, 0.1))
    make("bbbb0000", values=(0.2, 0.3))
    assert found(resolve("@step=0@best:loss", roots=[tmp_path])) == ["bbbb0000@step=0"]
    assert found(resolve("@best:loss@step=0", roots=[tmp_path])) == ["aaaa0000@step=0"]


def test_notes_say_which_run_and_why(some: list[Path]) -> None:
    (note,) = resolve("@best:loss", roots=some).notes
    assert note == "The best by loss (lowest, 0.2) of 3 runs is middle00."
    (note,) = resolve("@best:acc", roots=some).notes
    assert "highest, 0.8" in note
    (note,) = resolve("@latest", roots=some).notes
    assert note.startswith("The latest (20")
    (note,) = resolve("late0000@step=10", roots=some).notes
    assert note == "@step=10: the first 2 of 3 rows; left out of the summary: eval/nrmse."
    (note,) = resolve("a@step=99", roots=some).notes
    assert note == "@step=99 cuts nothing off: no row comes later (2 runs)."


def test_ties_are_refused(make: Make, tmp_path: Path) -> None:
    make("aaaa0000")
    make("bbbb0000")
    with pytest.raises(AmbiguousReference, match=r"share the best loss, 0\.5: aaaa0000, bbbb0000"):
        resolve("@best:loss", roots=[tmp_path])


def test_not_a_number_is_never_the_best(make: Make, tmp_path: Path) -> None:
    make("aaaa0000", values=(float("nan"),))
    make("bbbb0000", values=(float("-inf"),))
    make("cccc0000", values=(5.0,))
    group = resolve("@best:loss", roots=[tmp_path])
    assert found(group) == ["cccc0000"]
    assert "2 without a finite value" in group.notes[0]


def test_a_member_that_can_not_be_cut_is_left_out_with_a_note(make: Make, tmp_path: Path) -> None:
    make("aaaa0000", group="g")
    with Recorder(tmp_path / "empty", id="empty000", group="g", config={"seed": 1}):
        pass
    group = resolve("g@step=0", roots=[tmp_path])
    assert found(group) == ["aaaa0000@step=0"]
    assert any(note.startswith("Left out: empty000 can't be cut") for note in group.notes)


def test_a_part_of_a_run_is_not_trained_again(some: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    from runcompare.cli import main

    with pytest.raises(SystemExit) as stop:
        main(["replicate", "late0000@step=10", "--seeds", "2", "--runs", str(some[0])])
    assert stop.value.code == 2
    assert "part of a run" in capsys.readouterr().err


def test_the_best_is_so_by_the_direction_that_metrics_state(some: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(resolve("@best:loss", roots=some)) == ["middle00"]
    declared = {"loss": Statement("loss", "max", False, "define_metric")}
    monkeypatch.setattr(metric, "statements_of", lambda runs: declared)
    assert found(resolve("@best:loss", roots=some)) == ["early000"]


def test_without_a_direction_nothing_is_best(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a", id="a", config={"seed": 1}) as record:
        record.log({"zeta": 1.0})
    with pytest.raises(UsageError, match="Which value of 'zeta' is best is not known"):
        resolve("@best:zeta", roots=[tmp_path])
