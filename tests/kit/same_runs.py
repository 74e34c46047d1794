"""Two runs are the same to the last bit."""

from dataclasses import fields

from runcompare.records.run import Run


def assert_same(one: Run, other: Run) -> None:
    for f in fields(Run):
        a, b = getattr(one, f.name), getattr(other, f.name)
        if f.name in ("history", "system"):
            assert a.frame.schema == b.frame.schema
            assert a.frame.equals(b.frame)
        else:
            assert repr(a) == repr(b), f.name  # repr tells NaN, 1 and 1.0 apart
