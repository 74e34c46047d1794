"""Cost reports, prices and forecasts as text: formats, computes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcompare.records.as_json import plain
from runcompare.records.counted import counted
from runcompare.records.figure import Figure, Provenance
from runcompare.reporting import numbers, words
from runcompare.reporting.escape import clean
from runcompare.reporting.frontier_plot import COST_AXIS
from runcompare.reporting.tables import text_table

if TYPE_CHECKING:
    from runcompare.comparison.cost_report import CostRatios, CostReport, GroupCost
    from runcompare.costs import Arrival, Choice, Forecast, IsoQuality, LedgerLine, Offer, TargetCost

__all__ = ["cost_document", "cost_text", "forecast_text", "prices_text"]

COLUMNS = {
    "wall": "time",
    "device_hours": "device-hours",
    "energy": "energy",
    "money": "money",
    "co2": "CO2",
    "utilisation": "utilised",
    "idle": "idle",
}
RATIOS = {**COLUMNS, "train.wall": "training time", "eval.wall": "evaluation time"}
SMALL_UNITS = {"kWh": "Wh", "kg": "g"}  # a thousandth, for figures below 0.1


def cost_text(report: "CostReport") -> str:
    """Each group with its sources, the ratios, what was spent without gain, and cost against quality."""
    texts = [_group_text(group) for group in report.groups]
    texts += [_ratios_text(ratios) for ratios in report.ratios]
    texts += [_waste_text(report.groups)] if any(group.waste for group in report.groups) else []
    texts += [_iso_text(equal) for equal in report.iso_quality]
    equal = report.iso_quality[0].target if report.iso_quality and len(report.groups) == 2 else None
    if report.to_target and all(t.target != equal for t in report.to_target.values()):  # else it stands above
        texts.append(_target_text(report.to_target))
    if report.metric and len(report.frontier) > 1:
        texts.append(_frontier_text(report.frontier, report.metric))
    return "\n".join(texts)


def cost_document(report: "CostReport") -> dict[str, Any]:
    """A cost report as JSON data, with training and evaluation of each run beside its stages."""
    document: dict[str, Any] = plain(report)
    return document


def _group_text(cost: "GroupCost") -> str:
    """One table a group, with the sources of its figures below."""
    group = cost.group
    head = f"{clean(cost.label)}: {group.runs} run{'s' * (group.runs != 1)} on {_devices(group.mean)}"
    if group.runs > 1:
        head += "; one run is the geometric mean over runs"
    lines = [*group.mean_stages, group.mean]
    names = [*(line.stage for line in group.mean_stages), "one run" if group.runs > 1 else "total"]
    if group.runs > 1:
        lines, names = [*lines, group.total], [*names, f"all {group.runs} runs"]
    columns = [c for c in COLUMNS if any(not getattr(line, c).is_missing for line in lines) or c == "money"]
    usual = {c: getattr(group.mean, c) for c in columns}
    rows = [
        [name, *(_cell(getattr(line, c), c, usual[c]) for c in columns)]
        for name, line in zip(names, lines, strict=True)
    ]
    body = _table(["stage", *(COLUMNS[c] for c in columns)], rows)
    sources = [f"  {COLUMNS[c]}: {_source(getattr(group.mean, c))}" for c in columns]
    sources += [f"  energy at rest: {_at_rest(group.mean)}"] if not group.mean.energy_at_rest.is_missing else []
    notes = [f"  note: {clean(note)}" for note in group.notes]
    return "\n".join([head, "", body, *sources, *notes, ""])


def _ratios_text(found: "CostRatios") -> str:
    """How many times more expensive, with intervals over seeds."""
    rows = [[RATIOS.get(name, name), _ratio(f), str(f.provenance), f.source] for name, f in found.ratios.items()]
    head = f"{clean(found.candidate)} over {clean(found.baseline)}"
    return "\n".join([head, "", _table(["", "ratio (95 % interval)", "", ""], rows), ""])


def prices_text(offers: Sequence["Offer"], charged: Figure | None = None) -> str:
    """The book's offers in USD per device-hour, and what a device is charged at, if one was asked for."""
    columns = ["accelerator", "cloud", "on demand", "spot", "offers", "date", "source"]
    rows = [
        [o.accelerator, o.cloud, _usd(o.on_demand), _usd(o.spot), str(o.n_offers), str(o.snapshot or "n/a"), o.source]
        for o in offers
    ]
    return _table(columns, rows) + (f"\ncharged: {_charged(charged)}\n" if charged is not None else "")


def _charged(price: Figure) -> str:
    spread = f" ({price.low:.4g} to {price.high:.4g})" if price.is_range else ""
    value = "no price" if price.value is None else f"{price.value:.4g}{spread} {price.unit}"
    return f"{value}\n  {_source(price)}"


def forecast_text(name: str, cast: "Forecast") -> str:
    """The expected cost by stage, all estimated, with where it comes from."""
    rows = [
        [line.stage, *(_with_interval(f) for f in (line.wall, line.device_hours, line.money)), line.wall.source]
        for line in (*cast.lines, cast.total)
    ]
    notes = [f"  note: {clean(note)}" for note in cast.notes]
    money = f"  money: {_source(cast.total.money)}"
    body = _table(["stage", "time (95 % interval)", "device-hours", "money", "from"], rows)
    return "\n".join([f"{clean(name)}: estimated, {clean(cast.method)}", "", body, money, *notes, ""])


def _devices(line: "LedgerLine") -> str:
    count = numbers.number(line.devices.value) if line.devices.value is not None else "?"
    return f"{count} x {clean(line.device)}"


def _cell(figure: Figure, column: str, usual: Figure) -> str:
    """A figure in its column's unit; its provenance only where it is not the column's, which stands below."""
    if column in ("utilisation", "idle"):
        return numbers.share(figure.value)
    if figure.is_missing or usual.is_missing:
        return numbers.MISSING
    small = SMALL_UNITS.get(figure.unit) if (usual.high or usual.value or 0.0) < 0.1 else None
    if small:
        thousand = [None if x is None else 1000 * x for x in (figure.value, figure.low, figure.high)]
        figure = replace(figure, value=thousand[0], low=thousand[1], high=thousand[2], unit=small)
    text = words.figure(replace(figure, provenance=Provenance.MEASURED))
    odd = figure.provenance is not usual.provenance and figure.provenance.rank > Provenance.DERIVED.rank
    return f"{text} ({figure.provenance})" if odd else text


def _at_rest(line: "LedgerLine") -> str:
    """What the devices would have drawn doing nothing, with its share of the energy where that is known."""
    rest, work = (_cell(f, "energy", line.energy) for f in (line.energy_at_rest, line.energy_of_work))
    if line.energy_at_rest.value is not None and line.energy.value:
        rest += f" ({numbers.share(line.energy_at_rest.value / line.energy.value)})"
    return f"{rest}, by the work {work}; {_source(line.energy_at_rest)}"


def _source(figure: Figure) -> str:
    return f"{figure.provenance}: {clean(figure.source)}" if figure.source else str(figure.provenance)


def _ratio(figure: Figure) -> str:
    if figure.is_missing:
        return numbers.MISSING
    bounds = f" ({numbers.times(figure.low)} to {numbers.times(figure.high)})" if figure.is_range else ""
    return numbers.times(figure.mid) + bounds


def _with_interval(figure: Figure) -> str:
    """A figure with its interval."""
    if figure.value is None:
        return numbers.MISSING
    text = numbers.quantity(figure.value, figure.unit)
    return f"{text} ({_bounds(figure)})" if figure.is_range else text


def _bounds(figure: Figure) -> str:
    high = "no bound" if figure.high == float("inf") else numbers.quantity(figure.high, figure.unit)
    return f"{numbers.quantity(figure.low, figure.unit)} to {high}"


def _usd(price: float | None) -> str:
    return numbers.MISSING if price is None else f"{price:.4g}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Names are under the control of whoever made a run: one line each, and of bounded length."""
    return text_table(columns, [[clean(cell) for cell in row] for row in rows])


def _iso_text(equal: "IsoQuality") -> str:
    """What each side took to reach what the worse side ended with."""
    head = (
        f"at equal quality: to reach {clean(equal.key)} {numbers.number(equal.target)}, where {clean(equal.worse)} "
        "ended on average; median over seeds (95 % interval)"
    )
    first, second = equal.sides
    by = f"  {clean(first)} over {clean(second)}: "
    by += f"{numbers.times(equal.times.value)}, {equal.times.provenance}: {clean(equal.times.source)}"
    return _arrivals_text(head, equal.sides, [] if equal.times.is_missing else [by])


def _target_text(found: Mapping[str, "TargetCost"]) -> str:
    """What it took each group to first reach the target."""
    first = next(iter(found.values()))
    head = f"to reach {clean(first.key)} {numbers.number(first.target)}, median over seeds (95 % interval)"
    return _arrivals_text(head, found, [])


def _arrivals_text(head: str, found: Mapping[str, "TargetCost"], more: Sequence[str]) -> str:
    rows = [
        [label, _count(t), *(_with_interval(f) for f in (t.time, t.device_hours, t.money)), str(t.time.provenance)]
        for label, t in found.items()
    ]
    short = [f"  {clean(label)} censored: {_censored(t.arrivals)}" for label, t in found.items() if _short(t.arrivals)]
    unknown = [f"  {clean(label)}: {clean(t.time.source)}" for label, t in found.items() if t.time.is_missing]
    notes = [f"  note: {clean(label)}: {clean(note)}" for label, t in found.items() for note in t.notes]
    body = _table(["", "reached it", "time", "device-hours", "money", ""], rows)
    return "\n".join([head, "", body, *more, *short, *unknown, *notes, ""])


def _count(found: "TargetCost") -> str:
    return f"{found.reached} of {len(found.arrivals)}"


def _short(arrivals: "Sequence[Arrival]") -> "list[Arrival]":
    return [a for a in arrivals if not a.reached]


def _censored(arrivals: "Sequence[Arrival]") -> str:
    """The runs that ended short, each with what it had taken by then."""
    return ", ".join(f"{clean(a.run_id)} after {numbers.duration(a.seconds)}" for a in _short(arrivals))


def _frontier_text(choices: Sequence["Choice"], metric: str) -> str:
    """Groups by cost, with who beats whom."""
    rows = [
        [
            c.label,
            numbers.number(c.cost),
            numbers.number(c.quality),
            "" if c.on_frontier else f"beaten by {c.beaten_by}",
        ]
        for c in choices
    ]
    return "\n".join(["cost and quality, cheapest first", "", _table(["", COST_AXIS, metric, ""], rows), ""])


def _waste_text(groups: "Sequence[GroupCost]") -> str:
    """What each group's runs paid for that brought nothing."""
    rows = [
        [group.label, w.what, w.stage, _sum(w.wall), _sum(w.money), f"{counted(w.runs, 'run')}; {w.evidence}"]
        for group in groups
        for w in group.waste_sums
    ]
    head = "spent without gain, at most; lines may overlap"
    return "\n".join([head, "", _table(["", "on", "stage", "time", "money", "seen"], rows), ""])


def _sum(figure: Figure) -> str:
    """A sum with its provenance."""
    return f"{numbers.quantity(figure.mid, figure.unit)} ({figure.provenance})"
