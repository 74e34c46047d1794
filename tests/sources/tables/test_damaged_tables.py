"""Damaged tables of which it is known what they hold: no row is invented, and at most one in 200 is lost."""

import os
from collections import Counter
from pathlib import Path

from damaged_tables import Case, cases, write

from runcompare.errors import UnreadableRun
from runcompare.sources import list_runs, read_run

EVERY = 1 if os.environ.get("RUNCOMPARE_MUTANTS") else 3


def read(case: Case, folder: Path) -> Counter[tuple[int, float]]:
    """The rows that were found, each of a step and a loss."""
    write(case, folder)
    found: Counter[tuple[int, float]] = Counter()
    for info in list_runs([folder]).runs:
        try:
            frame = read_run(info).history.frame
        except UnreadableRun:
            continue
        pairs = zip(frame["step"].to_list(), frame["loss"].to_list(), strict=True)
        found.update((step, loss) for step, loss in pairs if step is not None and loss is not None)
    return found


def test_what_damaged_tables_hold_is_found(tmp_path: Path) -> None:
    known = lost = 0
    invented: dict[str, Counter[tuple[int, float]]] = {}
    for number, case in enumerate(list(cases())[::EVERY]):
        found, rows = read(case, tmp_path / str(number)), Counter(case.rows)
        known += rows.total()
        lost += (rows - found).total()
        if more := found - rows:
            invented[case.name] = more
    print(f"{number + 1} tables, {known} rows: {lost} lost ({lost / known:.2%}), {len(invented)} tables with more")
    assert not invented
    assert known > 3000
    assert lost <= known / 200
