"""The pictures of a page as SVG: curves with their seed bands, every run's value, effects, and cost against quality."""

import html
from collections.abc import Iterable, Mapping, Sequence

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Curve, Role, Sample
from runcompare.reporting.attribution_text import PICTURE
from runcompare.reporting.drawing import drawable
from runcompare.reporting.escape import clean
from runcompare.reporting.html_body import word_class
from runcompare.reporting.numbers import shown_unit
from runcompare.reporting.overviews import (
    COST,
    METRICS,
    CostPicture,
    Effect,
    Forest,
    causes_forests,
    cost_picture,
    forests,
)
from runcompare.reporting.panels import COLOURS, EFFECT, ROLES, SPLITS, Panel, Plate, finite, plates, short, split_of
from runcompare.reporting.svg import BOTTOM, LEFT, RIGHT, TOP, Plane, Point, Scale, scale_over

__all__ = ["draw_pictures", "plate_svg"]

DASHES = {"": "", "val_": "2 3", "test_": "7 3 2 3"}
WIDTH, HEIGHT = 420.0, 240.0
WIDE = 20.0  # times; costs further apart go on a logarithmic axis


def draw_pictures(c: Comparison) -> dict[str, str]:
    """All pictures by name: "effect", "metrics" and "cost", "curve" and the stages."""
    found = {plate.name: plate_svg(plate, c) for plate in plates(c)}
    if max(c.quality.candidate.n, c.quality.baseline.n) > 1:
        found[EFFECT] = effect_svg(c)
    if many := forests(c):
        found[METRICS] = "".join(forest_svg(forest) for forest in many)
    if c.causes is not None and (shares := causes_forests(c.causes.effects)):
        found[PICTURE] = "".join(forest_svg(forest) for forest in shares)
    if (picture := cost_picture(c)) is not None:
        found[COST] = cost_svg(picture, c)
    return found


# --- curves


def plate_svg(plate: Plate, c: Comparison) -> str:
    """A panel a quantity, side by side where there is room, over their legend."""
    curves = {(curve.role, split_of(curve)): curve for panel in plate.panels for curve in panel.curves}
    return _side_by_side(map(panel_svg, plate.panels)) + _legend(c, list(curves.values()))


def _side_by_side(panels: Iterable[str]) -> str:
    inside = "".join(f'<div class="panel">{panel}</div>' for panel in panels)
    return f'<div class="panels">{inside}</div>'


def panel_svg(panel: Panel) -> str:
    """The curves of one quantity with their seed bands."""
    axis = panel.curves[0].axis
    places = [x for curve in panel.curves for x in curve.at]
    values = [v for curve in panel.curves for v in (*curve.high, *finite([curve]))]
    plane = Plane(
        WIDTH,
        HEIGHT,
        scale_over(places, LEFT, WIDTH - RIGHT, room=0.02),
        scale_over(values, HEIGHT - BOTTOM, TOP, is_log=panel.is_log),
    )
    plane.axes(axis, panel.title)
    for curve in panel.curves:
        name, colour = curve.role, COLOURS[curve.role]
        if max(curve.n, default=0) > 1 and split_of(curve) == panel.banded:
            low, high = (_points(curve, values) for values in (curve.low, curve.high))
            plane.band(low, high, name, colour=colour)
    for curve in panel.curves:
        points = _points(curve, curve.center)
        plane.line(points, curve.role, colour=COLOURS[curve.role], dashes=DASHES[split_of(curve)])
    if not finite(panel.curves):
        plane.text(WIDTH / 2, HEIGHT / 2, "no finite value", anchor="middle")
    return plane.render(f"{panel.title} by {axis}")


def _points(curve: Curve, values: Sequence[float]) -> list[Point]:
    return [Point(x, y) for x, y in zip(curve.at, values, strict=True)]


def _legend(c: Comparison, curves: Sequence[Curve]) -> str:
    labels = {side.role: short(side.label) for side in (c.candidate, c.baseline)}
    order = list(SPLITS)
    sorted_ = sorted(curves, key=lambda curve: (ROLES.index(curve.role), order.index(split_of(curve))))
    items = [
        _key(
            curve.role,
            f"{curve.role}: {labels[curve.role]}{SPLITS[split_of(curve)]} (n = {max(curve.n, default=0)})",
            DASHES[split_of(curve)],
        )
        for curve in sorted_
    ]
    return f'<p class="legend">{"".join(items)}</p>'


def _key(role: Role, words: str, dashes: str = "") -> str:
    extra = f' stroke-dasharray="{dashes}"' if dashes else ""
    line = (
        f'<svg viewBox="0 0 28 10" aria-hidden="true"><line class="line {role}" x1="1" y1="5" x2="27" y2="5" '
        f'stroke="{COLOURS[role]}" stroke-width="3"{extra}/></svg>'
    )
    return f"<span>{line}{html.escape(clean(words))}</span>"


# --- the primary metric


def effect_svg(c: Comparison) -> str:
    """Every run's value of the primary metric, and the difference with its interval."""
    panels = [_values_svg(c)]
    test = c.quality.test
    if test is not None and all(map(drawable, (test.low, test.high, test.effect))):
        panels.append(_interval_svg(c))
    return _side_by_side(panels)


def _values_svg(c: Comparison) -> str:
    row, height = c.quality, 150.0
    sides: Mapping[Role, Sample] = {"baseline": row.baseline, "candidate": row.candidate}
    known = {role: _finite_values(side) for role, side in sides.items()}
    x = scale_over([v for values in known.values() for v in values], 130, WIDTH - RIGHT, room=0.06, ticks=4)
    plane = Plane(WIDTH, height, x, Scale(-0.6, 1.6, height - BOTTOM, TOP, False, ()))
    better = {"max": " (higher is better)", "min": " (lower is better)", None: ""}[row.metric.direction]
    plane.axes(f"{short(row.metric.label)}{better}", "every run; the bar is the mean", with_y=False)
    labels = {side.role: short(side.label, 18) for side in (c.candidate, c.baseline)}
    for place, role in enumerate(reversed(ROLES)):
        plane.text(4, plane.y.at(place) + 4, f"{labels[role]} ({sides[role].n})")
        for value in known[role]:
            plane.dot(Point(value, place), role, colour=COLOURS[role], size=4.5, square=role == "candidate")
        if (center := sides[role].center) is not None and sides[role].n > 1:
            plane.rule(Point(center, place - 0.4), Point(center, place + 0.4), role, colour=COLOURS[role], width=3)
    return plane.render(f"{clean(row.metric.label)} of every run")


def _finite_values(side: Sample) -> list[float]:
    return [m for v in side.values if drawable(m := v.figure.mid)]


def _interval_svg(c: Comparison) -> str:
    test, height = c.quality.test, 150.0
    assert test is not None
    assert test.effect is not None
    assert test.low is not None
    assert test.high is not None
    relative = c.quality.metric.scale == "log"
    times = 100.0 if relative else c.quality.metric.points
    low, mid, high = (times * x for x in (test.low, test.effect, test.high))
    margin = None if test.margin is None else times * test.margin
    ends = [low, high, 0.0, *([] if margin is None else [-margin, margin])]
    x = scale_over(ends, 16, WIDTH - RIGHT, room=0.08)
    plane = Plane(WIDTH, height, x, Scale(-1, 1, height - BOTTOM, TOP, False, ()))
    unit = ", %" if relative else f", {'points' if c.quality.metric.is_share else c.quality.metric.unit}".rstrip(", ")
    note = " (shaded: too small to matter)" if margin is not None else ""
    title = f"difference with {100 * (1 - c.options.alpha):g} % interval{note}"
    plane.axes(f"candidate against baseline{unit}", title, with_y=False)
    if margin is not None:
        lower, upper = ([Point(-margin, y), Point(margin, y)] for y in (-1, 1))
        plane.band(lower, upper, "margin", colour="#888")
    plane.rule(Point(0, -1), Point(0, 1))
    plane.rule(Point(low, 0), Point(high, 0), width=3)
    plane.dot(Point(mid, 0), "ink", colour="currentColor", size=6)
    return plane.render(title)


# --- all metrics


def forest_svg(forest: Forest) -> str:
    """A line a metric: its effect with its interval, and what the table says of it."""
    width, line = 860.0, 22.0
    height = TOP + line * len(forest.effects) + BOTTOM
    ends = [v for e in forest.effects for v in (e.low, e.high)] + [forest.middle]
    x = scale_over(ends, 240, 560, is_log=forest.is_log, ticks=4)
    plane = Plane(width, height, x, Scale(0, len(forest.effects), height - BOTTOM, TOP, False, ()))
    plane.axes(forest.axis, with_y=False)
    plane.rule(Point(forest.middle, 0), Point(forest.middle, len(forest.effects)))
    for place, effect in enumerate(forest.effects):
        _draw_effect(plane, effect, len(forest.effects) - place - 0.5)
    more = f'<p class="soft">{forest.left} more stand in the tables.</p>' if forest.left else ""
    title = f"{len(forest.effects)} lines: {forest.axis}"
    region = f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">'
    return f'{region}<div class="forest">{plane.render(title)}</div></div>{more}'


def _draw_effect(plane: Plane, effect: Effect, y: float) -> None:
    name = word_class(effect.word) or "ink"
    plane.text(4, plane.y.at(y) + 4, effect.label)
    plane.rule(Point(effect.low, y), Point(effect.high, y), name, width=2.5)
    plane.dot(Point(effect.value, y), name, colour="currentColor", size=4)
    told = ": ".join(filter(None, (effect.word.partition(" (")[0], effect.difference)))
    plane.text(plane.x.end + 12, plane.y.at(y) + 4, told, soft=True)


def cost_svg(picture: CostPicture, c: Comparison) -> str:
    """Each run by what it cost and how good it is; the large marks are the means."""
    dots = [dot for role in ROLES for dot in picture.dots[role]]
    costs = [dot.cost for dot in dots]
    is_log = min(costs) > 0 and max(costs) > WIDE * min(costs)
    divisor, unit = shown_unit(max(costs), picture.unit)
    x = scale_over([cost / divisor for cost in costs], LEFT, WIDTH - RIGHT, is_log=is_log, room=0.08)
    plane = Plane(WIDTH, 260, x, scale_over([d.quality for d in dots], 260 - BOTTOM, TOP, room=0.1))
    plane.axes(f"{picture.cost}{f' ({unit or picture.unit})' if unit or picture.unit else ''}", picture.quality)
    for role in ROLES:
        square = role == "candidate"
        for dot in picture.dots[role]:
            plane.dot(Point(dot.cost / divisor, dot.quality), f"{role} faint", colour=COLOURS[role], square=square)
        if (center := picture.centers.get(role)) is not None:
            at = Point(center.cost / divisor, center.quality)
            plane.dot(at, role, colour=COLOURS[role], size=8, square=square)
    labels = {side.role: short(side.label) for side in (c.candidate, c.baseline)}
    keys = "".join(_key(role, f"{role}: {labels[role]}") for role in ROLES)
    svg = plane.render(f"{picture.quality} by {picture.cost}")
    return f'{_side_by_side([svg])}<p class="legend">{keys}</p>'
