"""Which checks did not run, and why, in one line."""

from collections.abc import Sequence

from runcompare.comparison.model import NotRun

__all__ = ["not_run_text"]

MOST_REASONS = 6  # that are told; JSON has all


def not_run_text(not_run: Sequence[NotRun]) -> str:
    """The checks that did not run in one line, with what each lacked; empty where all ran."""
    if not not_run:
        return ""
    codes = {code for one in not_run for code in one.codes}
    told = [f"{one.lacks} ({', '.join(one.codes)})" for one in not_run[:MOST_REASONS]]
    more = sum(len(one.codes) for one in not_run[MOST_REASONS:])
    rest = f", and {more} for other reasons" if more else ""
    return f"{len(codes)} {'check' if len(codes) == 1 else 'checks'} didn't run: {', '.join(told)}{rest}."
