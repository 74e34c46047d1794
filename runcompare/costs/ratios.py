"""How many times dearer: the ratio of two groups' costs, with a confidence interval over seeds.

Costs are positive, so the ratio is that of geometric means, and the interval is Welch's on the logarithms (Welch 1947),
when both sides have at least two runs. What both sides share (one price, one power range) cancels.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from runcompare.costs.ledgers import Ledger
from runcompare.errors import UsageError
from runcompare.records.figure import Figure, Provenance
from runcompare.stats.intervals import welch_interval

__all__ = ["FIELDS", "ratio"]

FIELDS = ("co2", "device_hours", "energy", "money", "wall")


def ratio(candidate: Sequence[Ledger], baseline: Sequence[Ledger], field: str, *, alpha: float = 0.05) -> Figure:
    """Candidate over baseline of `wall`, `device_hours`, `money`, `energy` or `co2` of the total.

    Write `train.wall` or `eval.wall` for a part. `low` and `high` are the 1 - alpha interval over seeds; with a single
    run on a side, the bounds of a stated range, else None. Missing if any run lacks the figure or it is 0. Raises
    UsageError for an unknown field.
    """
    new, old = ([_figure(x, field) for x in side] for side in (candidate, baseline))
    lacking = next((f for f in (*new, *old) if f.is_missing), None)
    if lacking is not None or not new or not old:
        return Figure.missing(lacking.source if lacking else "no run on one side")
    logs = [[math.log(m) for f in side if (m := f.mid) and 0 < m < math.inf] for side in (new, old)]
    if len(logs[0]) < len(new) or len(logs[1]) < len(old):
        return Figure.missing("a run's figure is not a finite number above 0")
    value = math.exp(fmean(logs[0]) - fmean(logs[1]))
    how, provenance = _provenance(candidate, baseline, field, [*new, *old])
    if len(new) > 1 and len(old) > 1:
        below, above = welch_interval(logs[0], logs[1], alpha)
        return Figure(
            value,
            "x",
            math.exp(below),
            math.exp(above),
            provenance,
            f"geometric means over {len(new)} and {len(old)} runs{how}",
        )
    low, high = (None, None) if how else _range(new, old)
    bounds = "no interval" if low is None else "bounds of a stated range"
    return Figure(value, "x", low, high, provenance, f"{len(new)} and {len(old)} run(s), {bounds}{how}")


def _figure(ledger: Ledger, field: str) -> Figure:
    part, _, name = field.rpartition(".")
    if part not in ("", "train", "eval", "total") or name not in FIELDS:
        raise UsageError(
            f"A ledger has no '{field}'.", hint=f"Fields: {', '.join(FIELDS)}, or train.wall, eval.wall..."
        )
    line = getattr(ledger, part or "total")
    figure: Figure = getattr(line, name)
    return figure


def _provenance(
    candidate: Sequence[Ledger], baseline: Sequence[Ledger], field: str, figures: Sequence[Figure]
) -> tuple[str, Provenance]:
    """The weakest part, but for what is the same on both sides and cancels; and a word on that."""
    part, _, name = field.rpartition(".")
    basis = f"{part}.device_hours".removeprefix(".")
    shared = name in ("money", "energy", "co2") and len({_rate(x, name) for x in (*candidate, *baseline)}) == 1
    if shared:
        hours = [_figure(x, basis) for x in (*candidate, *baseline)]
        return "; price or power is the same on both sides", Provenance.weakest(*(f.provenance for f in hours))
    return "", Provenance.weakest(*(f.provenance for f in figures))


def _rate(ledger: Ledger, name: str) -> object:
    """What a device-hour was charged at; a ledger of its own where it was measured or stated."""
    if name == "money":
        return ledger.price if ledger.total.money.provenance is Provenance.ASSUMED else ledger.run_id
    energy = ledger.total.energy
    return (ledger.total.device, energy.source) if energy.value is None else ledger.run_id


def _range(new: Sequence[Figure], old: Sequence[Figure]) -> tuple[float | None, float | None]:
    """Bounds where one side is known as a range only."""
    if all(f.value is not None for f in (*new, *old)):
        return None, None
    bounds = [(f.low if f.value is None else f.value, f.high if f.value is None else f.value) for f in (*new, *old)]
    if len(new) > 1 or len(old) > 1 or not bounds[1][0]:
        return None, None
    (new_low, new_high), (old_low, old_high) = bounds
    if new_low is None or new_high is None or not old_low or not old_high:
        return None, None
    return new_low / old_high, new_high / old_low
