"""Ledgers, prices and forecasts as text and as JSON: formats, computes nothing."""

import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runcompare.records.figure import Figure
from runcompare.records.plain import plain
from runcompare.reporting import words
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from runcompare.cost import Forecast, GroupLedger, Ledger, LedgerLine, Offer

__all__ = ["as_json", "forecast_text", "group_text", "ledger_json", "prices_text", "ratios_text"]

COLUMNS = {
    "wall": "time",
    "device_hours": "device-hours",
    "energy": "energy",
    "money": "money",
    "co2": "CO2",
    "utilisation": "utilised",
    "idle": "idle",
}


def group_text(label: str, group: "GroupLedger") -> str:
    """One table a group, with the sources of its figures below."""
    head = f"{clean(label)}: {group.runs} run{'s' * (group.runs != 1)} on {_devices(group.mean)}"
    if group.runs > 1:
        head += ", mean of one run"
    lines = [*group.mean_stages, group.mean]
    names = [*(line.stage for line in group.mean_stages), "one run" if group.runs > 1 else "total"]
    if group.runs > 1:
        lines, names = [*lines, group.total], [*names, f"all {group.runs} runs"]
    columns = [c for c in COLUMNS if any(not getattr(line, c).is_missing for line in lines) or c == "money"]
    rows = [[name, *(_cell(getattr(line, c), c) for c in columns)] for name, line in zip(names, lines, strict=True)]
    table = _table(["stage", *(COLUMNS[c] for c in columns)], rows)
    sources = [f"  {COLUMNS[c]}: {_source(getattr(group.mean, c))}" for c in columns]
    notes = [f"  note: {clean(note)}" for note in group.notes]
    return "\n".join([head, "", table, *sources, *notes, ""])


def ratios_text(candidate: str, baseline: str, ratios: Mapping[str, Figure]) -> str:
    """How many times dearer, with intervals over seeds."""
    rows = [[COLUMNS.get(name, name), _ratio(f), str(f.provenance), clean(f.source)] for name, f in ratios.items()]
    head = f"{clean(candidate)} over {clean(baseline)}"
    return "\n".join([head, "", _table(["", "ratio (95 % interval)", "", ""], rows), ""])


def prices_text(offers: Sequence["Offer"]) -> str:
    """The book's offers, USD per device-hour."""
    columns = ["accelerator", "cloud", "on demand", "spot", "offers", "date", "source"]
    rows = [
        [o.accelerator, o.cloud, _usd(o.on_demand), _usd(o.spot), str(o.n_offers), str(o.snapshot or "n/a"), o.source]
        for o in offers
    ]
    return _table(columns, rows)


def forecast_text(name: str, cast: "Forecast") -> str:
    """The expected cost by stage, with where it comes from."""
    rows = [
        [line.stage, *(words.figure(f) for f in (line.wall, line.device_hours, line.money)), clean(line.wall.source)]
        for line in (*cast.lines, cast.total)
    ]
    notes = [f"  note: {clean(note)}" for note in cast.notes]
    money = f"  money: {_source(cast.total.money)}"
    table = _table(["stage", "time (95 % interval)", "device-hours", "money", "from"], rows)
    return "\n".join([f"{clean(name)}: {cast.method}", "", table, money, *notes, ""])


def ledger_json(label: str, ledgers: Sequence["Ledger"], group: "GroupLedger") -> dict[str, Any]:
    """One group as JSON data: every run's ledger, the mean run and the sum."""
    runs = [{**plain(x), "train": plain(x.train), "eval": plain(x.eval)} for x in ledgers]
    return {"label": label, "runs": runs, "group": plain(group)}


def as_json(document: Any) -> str:
    return json.dumps(plain(document), indent=2, allow_nan=False) + "\n"


def _devices(line: "LedgerLine") -> str:
    count = words.number(line.devices.value) if line.devices.value is not None else "?"
    return f"{count} x {clean(line.device)}"


def _cell(figure: Figure, column: str) -> str:
    if column in ("utilisation", "idle"):
        return words.share(figure.value)
    return words.figure(figure)


def _source(figure: Figure) -> str:
    return f"{figure.provenance}: {clean(figure.source)}" if figure.source else str(figure.provenance)


def _ratio(figure: Figure) -> str:
    if figure.is_missing:
        return words.MISSING
    bounds = f" ({words.times(figure.low)} to {words.times(figure.high)})" if figure.is_range else ""
    return words.times(figure.mid) + bounds


def _usd(price: float | None) -> str:
    return words.MISSING if price is None else f"{price:.4g}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    out = io.StringIO()
    terminal = sys.stdout.isatty()
    Console(file=out, force_terminal=terminal, width=None if terminal else 10_000).print(table)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())
