"""Which patterns are taken."""

import pytest

from runcompare.errors import UsageError
from runcompare.sources.pattern.pattern import checked_pattern


@pytest.mark.parametrize("text", ["loss (", r"step (\d+)", ""])
def test_what_is_no_pattern_with_names_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="pattern"):
        checked_pattern(text)


def test_a_pattern_with_names_stays_as_it_is() -> None:
    assert checked_pattern(r"(?P<loss>\S+)") == r"(?P<loss>\S+)"
