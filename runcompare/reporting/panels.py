"""Which curves share a picture: a panel a quantity, validation dotted beside training, and whether a log axis helps."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Curve, MetricCurve, Role, StageComparison
from runcompare.reporting.drawing import drawable
from runcompare.reporting.escape import clean

__all__ = ["COLOURS", "CURVE", "EFFECT", "ROLES", "SPLITS", "Panel", "Plate", "finite", "plates", "short", "split_of"]

EFFECT, CURVE = "effect", "curve"
RESERVED = (EFFECT, CURVE, "metrics", "cost", "causes")  # names of pictures that no stage may take
ROLES: tuple[Role, ...] = ("baseline", "candidate")
# Okabe and Ito's blue and vermilion: told apart by every common form of colour blindness, and in grey.
COLOURS: Mapping[Role, str] = {"baseline": "#0072B2", "candidate": "#D55E00"}
SPLITS = {"": "", "val_": ", validation", "test_": ", test"}  # by prefix of a quantity: its word in the legend
LOG_FROM = 3.0  # times that values must span for a log axis to help


class Panel(NamedTuple):
    """Curves of one quantity in the order in which they are drawn; `banded` is the part of the data whose seed band is
    shown."""

    title: str
    curves: tuple[Curve, ...]
    banded: str
    is_log: bool


class Plate(NamedTuple):
    """One picture of curves: its name, what stands over it, and its panels. `unit` is that of the values."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    unit: str = ""


def plates(c: Comparison) -> list[Plate]:
    """The pictures of curves: the primary metric, and the stages. A stage of a reserved name has none rather than a
    wrong one."""
    found = [_of_metric(c.curve)] if c.curve is not None else []
    return [*found, *(_of_stage(s) for s in c.stages if s.curves and s.name not in RESERVED)]


def _of_metric(curve: MetricCurve) -> Plate:
    curves = tuple(sorted(curve.curves, key=lambda c: ROLES.index(c.role)))
    log = curve.metric.scale == "log" and _spans(curves)
    label = short(curve.metric.label)
    return Plate(CURVE, label, (Panel(label, curves, "", log),), curve.metric.unit)


def _of_stage(stage: StageComparison) -> Plate:
    by_title: dict[str, list[Curve]] = {}
    for curve in stage.curves:
        by_title.setdefault(curve.quantity.removeprefix(split_of(curve)).replace("_", " "), []).append(curve)
    return Plate(stage.name, short(stage.name), tuple(_panel(title, found) for title, found in by_title.items()))


def _panel(title: str, found: Sequence[Curve]) -> Panel:
    order = list(SPLITS)
    curves = sorted(found, key=lambda c: (ROLES.index(c.role), order.index(split_of(c))))
    # a stage without training curves shows the band of what it has
    return Panel(title, tuple(curves), min(map(split_of, found), key=order.index), _spans(curves))


def split_of(curve: Curve) -> str:
    """The part of the data that a curve is of, as the prefix of its quantity."""
    return next((split for split in SPLITS if split and curve.quantity.startswith(split)), "")


def finite(curves: Iterable[Curve]) -> list[float]:
    """All values and lower bounds that have a place on an axis."""
    return [v for c in curves for v in (*c.low, *c.center) if drawable(v)]


def _spans(curves: Sequence[Curve]) -> bool:
    values = finite(curves)
    return bool(values) and min(values) > 0 and max(values) >= LOG_FROM * min(values)


def short(label: str, most: int = 40) -> str:
    """A name that fits into a picture."""
    line = clean(label)
    return line if len(line) <= most else line[: most - 1] + "…"
