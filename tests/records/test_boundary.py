"""What passes the boundary of a run, and what becomes a told problem of that run."""

import polars as pl
import pytest

from runcompare.errors import RunNotFound, UnreadableRun
from runcompare.records.boundary import boundary


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ZeroDivisionError("a\nb"), "ZeroDivisionError: a"),
        (pl.exceptions.PanicException("unwrap"), "PanicException: unwrap"),
        (RecursionError(), "nested too deeply"),
        (MemoryError(), "more memory"),
        (OSError(5, "Input/output error"), "Input/output error"),
    ],
)
def test_a_fault_is_told_with_the_run(error: BaseException, says: str) -> None:
    with pytest.raises(UnreadableRun, match=f"runs/one .*{says}"), boundary("runs/one"):
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(2), GeneratorExit(), RunNotFound("gone")])
def test_what_is_no_fault_passes(error: BaseException) -> None:
    with pytest.raises(type(error)), boundary("runs/one"):
        raise error


def test_whoever_looks_for_a_fault_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMPARE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError), boundary("runs/one"):
        raise ZeroDivisionError
