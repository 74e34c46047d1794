"""What a reference that names nothing, or not one thing, is answered."""

from pathlib import Path

import pytest

from runcompare.errors import AmbiguousReference, DataError, RunNotFound, UsageError
from runcompare.references.resolve import resolve


@pytest.mark.parametrize(
    ("reference", "kind", "match"),
    [
        ("config:opt.lr=0.2", RunNotFound, r"opt\.lr = 0\.1 \(2\), 0\.001 \(1\)"),
        ("config:opt.l=0.1", RunNotFound, r"Did you mean 'opt\.lr'"),
        ("config:zzzz=0.1", RunNotFound, "No run's config has the key 'zzzz'"),
        ("config:opt.lr", UsageError, "has no value"),
        ("config:=1", UsageError, "has no value"),
        ("config:seed=0", AmbiguousReference, r"opt\.lr: 0\.1 / 0\.001"),
        ("@best:los", RunNotFound, "Did you mean 'loss'"),
        ("@best:", UsageError, "names no metric"),
        ("a@step=", UsageError, "number of steps"),
        ("a@step=ten", UsageError, "number of steps"),
        ("a@step=-1", DataError, "its first step is 0"),
        ("a@stage=", UsageError, "names no stage"),
        ("a@stage=eval", UsageError, "has no stage 'eval'"),
        ("a@latst", RunNotFound, "Did you mean '@latest'"),
        ("a@foo", RunNotFound, "After an @ comes one of @best:METRIC"),
        ("grop:a", RunNotFound, "Did you mean 'group:a'"),
        ("nope@step=3", RunNotFound, "No run matches 'nope'"),
        ("m=nope@latest", RunNotFound, "No run matches 'nope'"),
        ("@", RunNotFound, "After an @"),
        ("@step=0", AmbiguousReference, "not replicates"),
    ],
)
def test_errors_are_one_line_and_a_hint(some: list[Path], reference: str, kind: type, match: str) -> None:
    with pytest.raises(kind, match=match) as caught:
        resolve(reference, roots=some)
    assert caught.value.message.count("\n") == 0
    assert caught.value.hint


def test_an_alias_may_be_what_is_near(some: list[Path]) -> None:
    with pytest.raises(RunNotFound, match="Did you mean 'goldstandard'"):
        resolve("goldstandrad", roots=some, aliases={"goldstandard": "a"})


def test_where_was_looked(some: list[Path]) -> None:
    with pytest.raises(RunNotFound) as caught:
        resolve("erly000", roots=some)
    assert f"Looked in {some[0]}: 3 runs" in caught.value.message
    assert caught.value.hint == "Did you mean 'early000'?"


def test_no_runs_at_all(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound, match=r"0 runs.*--runs"):
        resolve("base", roots=[tmp_path])
    with pytest.raises(RunNotFound, match="holds no run"):
        resolve(str(tmp_path), roots=[])
