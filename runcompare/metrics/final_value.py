"""A run's final value of a metric, and which way a metric is better, by the field's naming habits."""

from runcompare.records.figure import Figure
from runcompare.records.run import Run

__all__ = ["value"]


def value(run: Run, key: str) -> Figure:
    """The final value of `key` in a run: its summary, else what a record states, else its last logged row."""
    number = run.summary.get(key)
    if isinstance(number, int | float) and not isinstance(number, bool):
        return Figure(float(number), source=f"summary {key}")
    if key in run.figures:
        return run.figures[key]
    if key in run.history.numeric_keys:
        series = run.history.series(key)
        if len(series):
            return Figure(float(series.value[-1]), source=f"{key} @ step {series.step[-1]:g}")
    return Figure.missing(f"{key} was not logged")
