"""Lines that a pattern matches."""

import io

from runcompare.sources.pattern.match_lines import match_lines


def test_rows_are_named_groups_that_took_part() -> None:
    found = match_lines(io.StringIO("a=1\nnothing\nb=2\n"), r"a=(?P<a>\d)|b=(?P<b>\d)", 100)
    assert found == {"rows": [{"a": "1"}, {"b": "2"}], "lines": 3, "cut": 0}


def test_a_long_line_is_one_line_read_in_part() -> None:
    found = match_lines(io.StringIO("a=1" + " " * 50 + "a=2\na=3"), r"a=(?P<a>\d)", 10)
    assert found == {"rows": [{"a": "1"}, {"a": "3"}], "lines": 2, "cut": 1}
