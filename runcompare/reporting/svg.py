"""Pictures as SVG text: axes with round ticks, lines, bands and marks, for pages that hold their pictures themselves.

Colours are classes of the page's styles, so that pictures are light and dark as the page is; each element has a colour
of its own as well, for places without those styles.
"""

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from runcompare.reporting.drawing import LARGEST
from runcompare.reporting.escape import clean

__all__ = ["Plane", "Point", "Scale", "scale_over", "tick_text"]

MOST_POINTS = 500  # of a drawn line
FONT = 12
# of the plane's frame: room for ticks and titles around it
LEFT, RIGHT, TOP, BOTTOM = 58.0, 12.0, 26.0, 42.0


class Point(NamedTuple):
    """A place on the plane, in the data's units."""

    x: float
    y: float


class Scale(NamedTuple):
    """From values to places between `start` and `end`, in the picture's units; ticks are values."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Where a value lies; beyond the ends it stays at the end."""
        low, high, value = (math.log(v) if self.is_log else v for v in (self.low, self.high, max(value, self._least)))
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    @property
    def _least(self) -> float:
        return self.low if self.is_log else -math.inf


def scale_over(
    values: Iterable[float], start: float, end: float, *, is_log: bool = False, room: float = 0.04, ticks: int = 5
) -> Scale:
    """A scale over the finite values with some room at both ends; from 0 to 1 where there is none."""
    finite = [v for v in values if abs(v) < LARGEST and (v > 1 / LARGEST or not is_log)]
    low, high = (min(finite), max(finite)) if finite else (1.0, 10.0) if is_log else (0.0, 1.0)
    if is_log:
        low, high = (low, high) if high > low else (low / 2, high * 2)
        wide = (high / low) ** room
        return Scale(low / wide, high * wide, start, end, True, tuple(_log_ticks(low / wide, high * wide)))
    if not high > low:
        low, high = low - (abs(low) / 2 or 0.5), high + (abs(high) / 2 or 0.5)
    wide = room * (high - low)
    return Scale(low - wide, high + wide, start, end, False, tuple(_ticks(low - wide, high + wide, ticks)))


def _ticks(low: float, high: float, most: int) -> Iterator[float]:
    """Round values, at most about `most`."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((power * k for k in (1, 2, 5) if power * k >= raw), 10 * power)
    first = math.ceil(low / step - 1e-9)
    yield from (step * (first + i) for i in range(int((high - first * step) / step + 1e-9) + 1))


def _log_ticks(low: float, high: float) -> Iterator[float]:
    """Powers of ten; 2 and 5 between them where there are few, plain ticks where there is hardly one."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    subs = (1, 2, 5) if last - first <= 3 else (1,)
    every = max(1, (last - first) // 6)
    found = [m * 10.0**e for e in range(first, last + 1, every) for m in subs if low <= m * 10.0**e <= high]
    yield from found if len(found) > 1 else (t for t in _ticks(low, high, 4) if t > 0)


def tick_text(value: float) -> str:
    """A tick as people write it: 0.05, 20, 10k, 2M, 1e-6."""
    size = abs(value)
    if size >= 10_000:
        for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
            if size >= unit:
                return f"{value / unit:.3g}{name}"
    text = f"{value:.3g}" if size < 1000 else f"{value:.4g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


@dataclass(slots=True)
class Plane:
    """A picture under construction: what it shows in a frame with two scales."""

    width: float
    height: float
    x: Scale
    y: Scale
    parts: list[str] = field(default_factory=list)

    def line(self, points: Sequence[Point], name: str, *, colour: str, width: float = 1.8, dashes: str = "") -> None:
        """A line with gaps where a point is no number."""
        extra = f' stroke-dasharray="{dashes}"' if dashes else ""
        for piece in _pieces(_thinned(points)):
            if len(piece) == 1:
                self.dot(piece[0], name, colour=colour, size=width)
                continue
            at = " ".join(f"{self.x.at(p.x):.1f},{self.y.at(p.y):.1f}" for p in piece)
            self.parts.append(
                f'<polyline class="line {name}" points="{at}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
                f'stroke-linejoin="round"{extra}/>'
            )

    def band(self, low: Sequence[Point], high: Sequence[Point], name: str, *, colour: str) -> None:
        """The area between two lines of the same places."""
        both = [(a, b) for a, b in zip(low, high, strict=True) if math.isfinite(a.y) and math.isfinite(b.y)]
        both = both[:: max(1, len(both) // MOST_POINTS)]
        if len(both) > 1:
            around = [a for a, _ in both] + [b for _, b in reversed(both)]
            at = " ".join(f"{self.x.at(p.x):.1f},{self.y.at(p.y):.1f}" for p in around)
            self.parts.append(f'<polygon class="band {name}" points="{at}" fill="{colour}" fill-opacity="0.2"/>')

    def dot(self, at: Point, name: str, *, colour: str, size: float = 4.0, square: bool = False) -> None:
        """A round or square mark."""
        x, y = self.x.at(at.x), self.y.at(at.y)
        shape = (
            f'<rect class="dot {name}" x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size:g}" height="{2 * size:g}"'
            if square
            else f'<circle class="dot {name}" cx="{x:.1f}" cy="{y:.1f}" r="{size:g}"'
        )
        self.parts.append(f'{shape} fill="{colour}"/>')

    def rule(
        self, start: Point, end: Point, name: str = "ink", *, colour: str = "currentColor", width: float = 1
    ) -> None:
        """A straight line."""
        self.parts.append(
            f'<line class="line {name}" x1="{self.x.at(start.x):.1f}" y1="{self.y.at(start.y):.1f}" '
            f'x2="{self.x.at(end.x):.1f}" y2="{self.y.at(end.y):.1f}" stroke="{colour}" stroke-width="{width:g}"/>'
        )

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False, soft: bool = False
    ) -> None:
        """Words at a place of the picture."""
        weight = ' font-weight="600"' if bold else ""
        fade = ' class="soft"' if soft else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}{fade}>{html.escape(clean(words))}</text>'
        )

    def axes(self, x_title: str, y_title: str = "", *, with_y: bool = True) -> None:
        """Grid, ticks and titles: to be drawn first."""
        x, y = self.x, self.y
        for tick in x.ticks:
            self._grid(x.at(tick), y.start, x.at(tick), y.end)
            self.text(x.at(tick), y.start + 15, tick_text(tick), anchor="middle", soft=True)
        for tick in y.ticks if with_y else ():
            self._grid(x.start, y.at(tick), x.end, y.at(tick))
            self.text(x.start - 6, y.at(tick) + 4, tick_text(tick), anchor="end", soft=True)
        self.text((x.start + x.end) / 2, y.start + 33, x_title, anchor="middle")
        if y_title:
            self.text(4, y.end - 11, y_title, bold=True)

    def _grid(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self.parts.append(
            f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#888" '
            'stroke-opacity="0.25"/>'
        )

    def render(self, title: str) -> str:
        """The picture, with its title for those who can't see it."""
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" font-family="system-ui, sans-serif" '
            f'font-size="{FONT}" fill="currentColor"><title>{html.escape(clean(title))}</title>'
            f"{''.join(self.parts)}</svg>"
        )


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    step = -(-len(points) // MOST_POINTS)
    return points if step <= 1 else [*points[::step], points[-1]]


def _pieces(points: Sequence[Point]) -> Iterator[list[Point]]:
    """The stretches without a gap."""
    piece: list[Point] = []
    for point in points:
        if math.isfinite(point.x) and math.isfinite(point.y):
            piece.append(point)
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece
