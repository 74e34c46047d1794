"""Rows as a pandas table."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from runcompare.comparison.model import Row
from runcompare.errors import MissingExtra

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_pandas", "record", "to_frame"]


def to_frame(rows: Iterable[Row]) -> "pd.DataFrame":
    """One row a quantity, in the order given.

    Columns: role, quantity, unit, candidate, candidate_n, candidate_sd, baseline, baseline_n, baseline_sd, ratio,
    ratio_low, ratio_high, assessment, p_value, q_value, method, noise, provenance.

    Raises MissingExtra without pandas.
    """
    return as_pandas([record(row) for row in rows])


def as_pandas(records: Iterable[Mapping[str, Any]]) -> "pd.DataFrame":
    """Records as a table of pandas. Raises MissingExtra without it."""
    try:
        import pandas as pd
    except ImportError:
        raise MissingExtra("pandas", "pandas") from None

    return pd.DataFrame(list(records))


def record(row: Row) -> dict[str, object]:
    """The columns of a row, see `to_frame`."""
    test = row.test
    return {
        "role": row.role,
        "quantity": row.metric.key,
        "unit": row.metric.unit,
        "candidate": row.candidate.center,
        "candidate_n": row.candidate.n,
        "candidate_sd": row.candidate.sd,
        "baseline": row.baseline.center,
        "baseline_n": row.baseline.n,
        "baseline_sd": row.baseline.sd,
        "ratio": row.ratio,
        "ratio_low": row.ratio_low,
        "ratio_high": row.ratio_high,
        "assessment": row.assessment,
        "p_value": test.p_value if test else None,
        "q_value": test.q_value if test else None,
        "method": test.method if test else "",
        "noise": test.noise.source if test else "",
        "provenance": f"{row.candidate.provenance} / {row.baseline.provenance}",
    }
