"""The text table."""

import io

import pytest
from rich.console import Console

from runcompare.reporting.tables import grid, text_table


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    table = text_table(("id", "n"), [("a", 1), ("longer", 22)])
    assert table == "id      n\na       1\nlonger  22\n"


def test_numbers_may_stand_to_the_right() -> None:
    assert text_table(("n",), [(1,), (100,)], justify="right") == "  n\n  1\n100\n"


def test_long_cells_are_not_folded_on_a_pipe() -> None:
    assert len(text_table(("id",), [("x" * 5000,)]).splitlines()) == 2


def test_cells_are_neither_markup_nor_control_sequences() -> None:
    table = text_table(("[bold]n[/bold]",), [("[red]x[/red]\x1b[2J\n",), (None,)])
    assert table == "[bold]n[/bold]\n[red]x[/red]\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}\n\n"


@pytest.mark.parametrize("justify", ["left", "right"])
def test_a_pipe_has_what_a_wide_terminal_shows(justify) -> None:
    columns, rows = ("id", "名前", "n"), [("a", "語", 1), ("[b]x", None, 22), ("längst", "é" * 30, -1.5)]
    out = io.StringIO()
    Console(file=out, width=500).print(grid(columns, rows, justify=justify))
    expected = "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())
    assert text_table(columns, rows, justify=justify) == expected
