"""Everything of a run as one text, to look for what must not be there: its own repr is a line."""

from dataclasses import fields

from runcompare.records.run import Run

__all__ = ["whole"]


def whole(run: Run) -> str:
    return repr([getattr(run, field.name) for field in fields(run)])
