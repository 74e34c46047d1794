"""What the command line prints; and that nothing else prints messages, bars or tables."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

import runcompare
from runcompare.cli.printing import as_json, listing, message, messages, progress_bar, safe_line
from runcompare.records.figure import Figure, Provenance

PACKAGE = Path(runcompare.__file__).parent


def test_a_message_is_one_line_on_stderr_with_its_hint_below(capsys) -> None:
    message("What\nwas wrong\x1b[2J.", "Do  this.")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "runcompare: What was wrong\N{REPLACEMENT CHARACTER}[2J.\n  Do this.\n"


def test_several_messages_are_a_line_each(capsys) -> None:
    messages(["one", "two"])
    assert capsys.readouterr().err == "runcompare: one\nruncompare: two\n"


def test_json_is_strict() -> None:
    figure = Figure(float("nan"), "s", provenance=Provenance.MEASURED)
    assert json.loads(as_json([figure]), parse_constant=pytest.fail)[0]["value"] == "NaN"
    assert as_json({}).endswith("\n")


def test_a_listing_in_each_format() -> None:
    columns, rows, document = ("id", "note"), [("a", None), ("b", "x,y")], [{"id": "a"}, {"id": "b"}]
    assert json.loads(listing("json", columns, rows, document)) == document
    assert list(csv.reader(io.StringIO(listing("csv", columns, rows, document)))) == [
        ["id", "note"],
        ["a", ""],
        ["b", "x,y"],
    ]
    assert [line.split() for line in listing("table", columns, rows, document).splitlines()] == [
        ["id", "note"],
        ["a"],
        ["b", "x,y"],
    ]


def test_what_is_told_holds_no_secret_and_is_one_line() -> None:
    shown = safe_line("no run\n matches --api-key hunter2 \x1b[31m")
    assert shown == "no run matches --api-key (redacted) \N{REPLACEMENT CHARACTER}[31m"


@pytest.mark.parametrize("form", ["csv", "json"])  # a table has colours of its own
def test_no_listing_moves_what_stands_on_a_terminal(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    name = "a\x1b[2J\x9b\u202e\rb"
    shown = listing(form, ["id"], [[name]], [{"id": name}])
    assert not set(shown) & set("\x1b\x9b\u202e\r")


def test_a_bar_that_nobody_sees_is_not_drawn(capsys) -> None:
    with progress_bar("reading") as progress:
        progress(1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("sign", "home"),
    [
        (r"err=True|sys\.stderr", "cli/printing.py"),
        (r"rich\.progress", "cli/printing.py"),
        (r"\bTable\(", "reporting/tables.py"),
        (r"\.isprintable\(|unicodedata\.category", "reporting/escape.py"),
    ],
)
def test_messages_bars_tables_and_escaping_have_one_home(sign: str, home: str) -> None:
    files = [path for room in ("cli", "reporting") for path in (PACKAGE / room).rglob("*.py")]
    found = {path.relative_to(PACKAGE).as_posix() for path in files if re.search(sign, path.read_text("utf-8"))}
    assert found == {home}
