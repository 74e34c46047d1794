"""The one text table: of the commands that list runs, costs, plans, prices and answers of SQL, and of the notebook."""

import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from runcompare.reporting.escape import printable

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["grid", "text_table"]

Justify = Literal["left", "right"]


def grid(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    justify: Justify = "left",
    whole: Sequence[str] = (),
) -> "Table":
    """A rich table without lines. Cells are made safe for a terminal and never read as markup; None is empty, a tuple
    the lines of a cell. The columns of `whole` are not folded."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(Text(printable(name)), justify=justify, no_wrap=name in whole)
    for row in rows:
        table.add_row(*(Text(_lines(cell)) for cell in row))
    return table


def _lines(cell: object) -> str:
    if isinstance(cell, tuple):
        return "\n".join(map(printable, cell))
    return "" if cell is None else printable(cell)


def text_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    justify: Justify = "left",
    whole: Sequence[str] = (),
) -> str:
    """A table as text that ends with a line break: as wide as the terminal lets it be, without bound elsewhere."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return _unfolded(columns, rows, justify)
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, force_terminal=True).print(grid(columns, rows, justify=justify, whole=whole))
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def _unfolded(columns: Sequence[str], rows: Iterable[Sequence[object]], justify: Justify) -> str:
    """The same without colours and as wide as it is: rich would take seconds for thousands of rows."""
    from rich.cells import cell_len

    lines = [[printable(name) for name in columns]]
    lines += [["" if cell is None else printable(cell) for cell in row] for row in rows]
    sizes = [[cell_len(cell) for cell in line] for line in lines]
    widths = [max(column) for column in zip(*sizes, strict=True)]
    made = []
    for line, lengths in zip(lines, sizes, strict=True):
        gaps = [" " * (width - length) for width, length in zip(widths, lengths, strict=True)]
        cells = [gap + cell if justify == "right" else cell + gap for cell, gap in zip(line, gaps, strict=True)]
        made.append("  ".join(cells).rstrip() + "\n")
    return "".join(made)
