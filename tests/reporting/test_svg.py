"""Pictures as text: places, ticks, gaps, and names that stay text."""

import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from comparisons import HOSTILE, make_comparison, make_hostile
from hypothesis import given
from hypothesis import strategies as st

from runcompare.comparison.comparison import Comparison
from runcompare.reporting.svg import Plane, Point, scale_over, tick_text
from runcompare.reporting.svg_pictures import draw_pictures

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(NUMBERS, max_size=20), st.booleans())
def test_any_values_have_a_scale_with_few_ticks_inside(values: list[float], is_log: bool) -> None:
    scale = scale_over(values, 10.0, 110.0, is_log=is_log)
    assert scale.low < scale.high
    assert 1 <= len(scale.ticks) <= 14
    for value in (*scale.ticks, *values):
        assert math.isnan(value) or 10.0 <= scale.at(value) <= 110.0


def test_ticks_are_round() -> None:
    assert scale_over([0.013, 0.052], 0, 1).ticks == pytest.approx((0.02, 0.03, 0.04, 0.05))
    assert scale_over([0.0011, 0.9], 0, 1, is_log=True).ticks == pytest.approx((0.001, 0.01, 0.1, 1))
    assert scale_over([0.03, 0.9], 0, 1, is_log=True).ticks == pytest.approx((0.05, 0.1, 0.2, 0.5, 1))
    assert scale_over([1e-9, 1.0], 0, 1, is_log=True).ticks[0] == pytest.approx(1e-9)
    assert scale_over([3.0], 0, 1).at(3.0) == pytest.approx(0.5)


def test_ticks_as_people_write_them() -> None:
    told = [tick_text(v) for v in (0.05, 0.0, 20, 1500, 12_500, 2_000_000, 3e9, 1e-6)]
    assert told == ["0.05", "0", "20", "1500", "12.5k", "2M", "3G", "1e-6"]


def plane() -> Plane:
    return Plane(100, 100, scale_over([0, 10], 0, 100), scale_over([0, 10], 100, 0))


def test_a_gap_parts_a_line_and_a_single_point_is_a_mark() -> None:
    made = plane()
    values = [1.0, 2.0, math.nan, 4.0, math.inf, 6.0, 7.0]
    made.line([Point(x, y) for x, y in enumerate(values)], "baseline", colour="#000")
    text = made.render("t")
    assert (text.count("<polyline"), text.count("<circle")) == (2, 1)


def test_a_long_line_is_thinned_and_keeps_its_end() -> None:
    made = plane()
    made.line([Point(x / 1e4, 5.0) for x in range(100_000)], "baseline", colour="#000")
    (points,) = re.findall(r'points="([^"]*)"', made.render("t"))
    assert len(points.split()) <= 502
    assert float(points.split()[-1].split(",")[0]) == pytest.approx(made.x.at(9.9999), abs=0.1)


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_well_formed_text(word: str) -> None:
    for name, picture in draw_pictures(make_hostile(word)).items():
        tree = ElementTree.fromstring(f"<div>{picture}</div>")
        assert not {"script", "b", "img"} & {element.tag for element in tree.iter()}, name


def test_all_pictures_are_there_and_infinite_values_are_none(full: Comparison) -> None:
    assert set(draw_pictures(full)) == {"effect", "metrics", "cost", "curve", "operator"}
    stage = full.stages[0]
    bad = tuple(replace(c, center=(math.inf,) * 15, low=(math.nan,) * 15, high=(math.inf,) * 15) for c in stage.curves)
    hurt = draw_pictures(replace(make_comparison(), stages=(replace(stage, curves=bad),)))
    assert "no finite value" in hurt["operator"]
    assert "nan" not in hurt["operator"]
