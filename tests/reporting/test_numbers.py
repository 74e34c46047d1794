import math

import pytest

from runcompare.reporting.numbers import (
    duration,
    money,
    number,
    p_value,
    percent,
    plus_minus,
    quantity,
    share,
    span,
    times,
)

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.0921, "0.0921"),
        (0.000659, "0.000659"),
        (1.2e-6, "1.2e-6"),
        (9.99996e-5, "0.0001"),
        (1234.5, "1,234"),
        (9_999_999.6, "1e7"),
        (123456.0, "123,456"),
        (1e300, "1e300"),
        (NAN, "NaN"),
        (INF, "∞"),
        (-INF, "-∞"),
        (-0.0152, "-0.0152"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("center", "sd", "unit", "text"),
    [
        (0.0921, 0.00171, "", "0.0921 ± 0.0017"),
        (0.000419, 4.6e-5, "", "0.000419 ± 0.000046"),
        (4.26e-8, 2.8e-9, "", "(4.26 ± 0.28)e-8"),
        (30.02, 9.98, "", "30 ± 10"),
        (12.0, 340.0, "", "12 ± 340"),
        (3.0, 1e-11, "", "3.0000 ± 1e-11"),
        (0.1, 2e-17, "", "0.1"),
        (-97.5, 1e-13, "", "-97.5"),
        (181.0, 1.0, "s", "3.017 ± 0.017 min"),
        (0.0107, 0.000176, "USD", "$0.01070 ± 0.00018"),
        (0.5, 0.0, "", "0.5"),
        (0.5, NAN, "", "0.5"),
    ],
)
def test_deviation_and_mean_share_their_decimals(center: float, sd: float, unit: str, text: str) -> None:
    assert plus_minus(center, sd, unit) == text


def test_the_write_ups_own_roundings() -> None:
    assert [times(r) for r in (2.0, 15.75, 15.4, 50 / 15, 15 / 8, 10 / 8)] == [
        "2x",
        "16x",
        "15x",
        "3.3x",
        "1.9x",
        "1.25x",
    ]
    assert percent(0.0907 / 0.0921 - 1) == "-1.5 %"
    assert share(5 / 3 - 1) == "67 %"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(None, "—"), (0.00034, "0.00034x"), (9.974, "10x"), (14.5, "15x"), (1452.0, "1,452x"), (INF, "∞")],
)
def test_times(ratio: float | None, text: str) -> None:
    assert times(ratio) == text


@pytest.mark.parametrize(
    ("effect", "text"),
    [(0.0, "+0 %"), (0.0999, "+10 %"), (0.00012, "+0.012 %"), (12.0, "+1,200 %"), (NAN, "NaN"), (None, "—")],
)
def test_percent(effect: float | None, text: str) -> None:
    assert percent(effect) == text


@pytest.mark.parametrize(("x", "text"), [(0.02, "2 %"), (0.0152, "1.5 %"), (0.95, "95 %"), (1.04, "104 %"), (INF, "∞")])
def test_share(x: float, text: str) -> None:
    assert share(x) == text


def test_ranges_have_one_unit() -> None:
    assert span(100.0, 150.0, "s") == "1.67 to 2.5 min"
    assert span(40.4, 163.0, "s") == "40.4 s to 2.72 min"
    assert span(0.2, 0.9, "s") == "0.2 to 0.9 s"
    assert span(140.0, 460.0, "h") == "140 to 460 h"
    assert span(310.0, 1010.0, "USD") == "$310.00 to $1,010"
    assert span(0.0002, 0.0005) == "0.0002 to 0.0005"
    assert span(None, 1.0) == "—"
    assert span(5.0, 5.0, "h") == "5 h"


def test_time_and_money() -> None:
    assert [duration(s) for s in (None, 0.5, 119.0, 18900.0, 36_000.0)] == ["—", "0.5 s", "119 s", "315 min", "10 h"]
    assert [money(m) for m in (None, 0.002477, 0.7, 10.78, 1234.5)] == ["—", "$0.00248", "$0.70", "$10.78", "$1,234"]


def test_p_values_are_never_zero() -> None:
    assert [p_value(p) for p in (None, 0.0, 0.0004, 0.0412, 1.0)] == ["", "< 0.001", "< 0.001", "= 0.041", "= 1"]


def test_a_unit_is_kept_harmless() -> None:
    assert quantity(2.0, "m/s^2") == "2 m/s^2"
    assert quantity(2.0, "|<b>`[x](y)\n\x1b") == "2 bxy"
    assert len(quantity(2.0, "x" * 500)) < 30
