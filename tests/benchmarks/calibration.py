"""How often is runcompare wrong, and what does it see? Simulation of `runcompare.stats` itself, no copy of it.

    python tests/benchmarks/calibration.py [--reps 4000] [--jobs 2] [--out FILE.md]
    python tests/benchmarks/calibration.py --only "Ten metrics"
    python tests/benchmarks/calibration.py --seeds-csv FILE.csv [--column nrmse]

Each cell draws fake seeds, calls `decide` (or `look`, `decide_paired`, ...) and counts. A false positive is "better" or
"worse" where nothing differs; the equivalence margin is 0 there, so that "equivalent" hides none. Finished
cells are kept in .runcompare/calibration and not computed again unless the statistics, the seed or the
repetitions change. The numbers are the same for any number of jobs. With --out the tables go into FILE.md: between
the lines `<!-- calibration -->` and `<!-- /calibration -->` if it has them.
"""

import argparse
import csv
import hashlib
import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtr

from runcompare import stats
from runcompare.comparison.build import build
from runcompare.comparison.look import LookBook
from runcompare.comparison.looks import is_spent
from runcompare.comparison.request import Request
from runcompare.metrics import seed_noise
from runcompare.records.looks import LooksAtHand
from runcompare.records.run import Group, Run, RunInfo
from runcompare.stats import significance
from runcompare.stats.decision import Scale
from runcompare.stats.intervals import welch_interval
from runcompare.stats.law import Floats, Law
from runcompare.stats.paired import WORTH
from runcompare.stats.prior import Prior, fit_prior, lone_prior
from runcompare.stats.situation import FEW, NOISIER, UNSEEN

Size = int | tuple[int, ...]
MOST = 32  # seeds a side, at which a user who follows the advice stops
NOISE = 0.1  # seed-to-seed standard deviation of log values; nothing depends on it
CHUNK = 2500
FEWER = 4  # times fewer where whole reports are made
MORE = 10  # times as many repetitions where many are made at once, which is cheap
CHECKED = 10  # repetitions of each chunk that are put through `decide` itself
CACHE = Path(".runcompare/calibration")
SOURCES = Path(significance.__file__).parent


@dataclass(frozen=True)
class Cell:
    """`kind` names the simulation, `args` its arguments; `limit` is the bar, from below if `least`."""

    table: str
    name: str
    kind: str
    args: dict[str, Any] = field(default_factory=dict)
    limit: float | None = None
    least: bool = False


# --- what is drawn ----------------------------------------------------------------------------------------------------


def noise(rng: np.random.Generator, law: str, size: Size) -> Floats:
    """Noise of about unit size: normal, t3 (unit variance), or normal of which 5 % is outlying."""
    if law == "t3":
        return rng.standard_t(3, size) / np.sqrt(3)
    z = rng.normal(size=size)
    if law == "5 % outliers":
        return np.where(rng.random(size) < 0.05, 5 * z, z)
    return z + 5 * (rng.random(size) < 0.05) if law == "5 % at +5 sd" else z


def seeds(
    rng: np.random.Generator, n: Size, sd: Floats | float = 1.0, shift: float = 0.0, law: str = "normal"
) -> Floats:
    """Final values of `n` seeds, positive; `sd` and `shift` in units of NOISE on the log scale."""
    return np.exp(NOISE * (shift + sd * noise(rng, law, n)))


def history(rng: np.random.Generator, kind: str | None, reps: int, law: str = "normal") -> list[Floats]:
    """Replicated groups of 3 to 5 seeds, each (reps, n): as noisy as an arm of sd 1, "mixed" ones of sd 1 and 3,
    "spread" ones of log-normal sd, "20 groups 3 times noisier" of sd 3."""
    drawn = []
    for g in range(int(kind.split()[0]) if kind else 0):
        sd: Floats | float = 3.0 if "mixed" in str(kind) and g % 2 else 1.0
        if "spread" in str(kind):
            sd = np.exp(rng.normal(0, 0.5, (reps, 1)))
        if "noisier" in str(kind):
            sd *= float(str(kind).split()[2])
        drawn.append(seeds(rng, (reps, (3, 4, 5)[g % 3]), sd, law=law))
    return drawn


# --- many comparisons at once -----------------------------------------------------------------------------------------


def wider(new: Floats, old: Floats, past: Sequence[Floats]) -> Law:
    """The law under which one run against one or many is called better or worse, for every row."""
    n = max(new.shape[1], old.shape[1])
    if n == 1:
        return significance.one_each(lone_prior(*variances_of(past)), noisier=UNSEEN)
    prior = prior_of(past) if past and n <= FEW else None
    many = new if new.shape[1] == n else old
    return significance.against_many(n, many.var(axis=1, ddof=1), prior, noisier=NOISIER)


def laws(new: Floats, old: Floats, past: Sequence[Floats]) -> tuple[Floats, Law]:
    """Difference and law of every row of `new` (R, n1) against `old` (R, n2): the test of `decide`.

    Every chunk checks its first rows against `decide` itself (see `judge`).
    """
    n1, n2 = new.shape[1], old.shape[1]
    v1, v2 = (side.var(axis=1, ddof=min(1, side.shape[1] - 1)) for side in (new, old))
    difference = new.mean(axis=1) - old.mean(axis=1)
    prior = None
    if past:
        variances, df = variances_of(past)
        if max(n1, n2) == 1:
            return difference, significance.one_each(lone_prior(variances, df))
        if min(n for n in (n1, n2) if n > 1) <= FEW:
            prior = fit_prior(variances, df)
    if min(n1, n2) == 1:
        return difference, significance.against_many(max(n1, n2), v1 if n1 > 1 else v2, prior)
    if prior is not None:
        return difference, significance.moderated(n1, v1, n2, v2, prior=prior)
    return difference, significance.welch(n1, v1, n2, v2)


def judge(
    new: Floats, old: Floats, past: Sequence[Floats], scale: Scale = "log"
) -> tuple[Floats, NDArray[np.bool_], Law]:
    """Difference, whether one is found, and the law, for every row of values; a few rows go through `decide` too."""
    on_scale = np.log if scale == "log" else np.asarray
    difference, law = laws(on_scale(new), on_scale(old), [on_scale(g) for g in past])
    p, width = law.p_two_sided(difference), law.half_width(0.05)
    single = min(new.shape[1], old.shape[1]) == 1
    deciding = wider(on_scale(new), on_scale(old), [on_scale(g) for g in past]) if single else law
    different = deciding.p_two_sided(difference) < 0.05
    for i in range(min(CHECKED, len(new))):
        found = stats.decide(new[i], old[i], history=[g[i] for g in past], scale=scale, min_effect=0)
        low = difference[i] - width[i]
        assert found.p_value is not None
        assert found.low is not None
        assert np.isclose(found.p_value, p[i], rtol=1e-9, atol=1e-12), (found, p[i])
        assert np.isclose(found.low, np.expm1(low) if scale == "log" else low, rtol=1e-9, atol=1e-12), (found, low)
        assert differs(found) == different[i], (found, p[i])
    return difference, different, law


def differs(decision: stats.Decision) -> bool:
    return decision.verdict in ("better", "worse")


def groups(
    rng: np.random.Generator,
    reps: int,
    n: tuple[int, int],
    sd: tuple[float, float] = (1.0, 1.0),
    law: str = "normal",
    past: str | None = None,
    shift: float = 0.0,
) -> float:
    """Two arms, with or without history: is a difference found? With a `shift` that is power."""
    new, old = seeds(rng, (reps, n[0]), sd[0], -shift, law), seeds(rng, (reps, n[1]), sd[1], law=law)
    return float(judge(new, old, history(rng, past, reps, law))[1].sum())


def raw_lognormal(rng: np.random.Generator, reps: int, n: tuple[int, int], scale: Scale) -> float:
    """Log-normal values of log sd .5, on the scale asked for."""
    new, old = (np.exp(0.5 * rng.normal(size=(reps, m))) for m in n)
    return float(judge(new, old, [], scale)[1].sum())


def coverage(rng: np.random.Generator, reps: int, n: tuple[int, int], past: str | None = None, **more: Any) -> float:
    """Does the 95 % interval hold the true effect?"""
    new, old = seeds(rng, (reps, n[0]), shift=-2.0, **more), seeds(rng, (reps, n[1]), **more)
    difference, _, law = judge(new, old, history(rng, past, reps))
    return float((np.abs(difference + 2 * NOISE) <= law.half_width(0.05)).sum())


def cost_ratio(rng: np.random.Generator, reps: int, n: tuple[int, int], sd: tuple[float, float]) -> float:
    """Does the 95 % interval of a ratio of costs hold the true one?"""
    new, old = (s * NOISE * rng.normal(size=(reps, m)) for s, m in zip(sd, n, strict=True))
    law = significance.welch(n[0], new.var(axis=1, ddof=1), n[1], old.var(axis=1, ddof=1))
    difference, width = new.mean(axis=1) - old.mean(axis=1), law.half_width(0.05)
    for i in range(min(CHECKED, reps)):
        found = welch_interval(new[i].tolist(), old[i].tolist())
        assert np.allclose(found, (difference[i] - width[i], difference[i] + width[i])), found
    return float((np.abs(difference) <= width).sum())


def plain_welch(rng: np.random.Generator, reps: int, n: tuple[int, int], sd: tuple[float, float]) -> float:
    """Welch with Satterthwaite's degrees of freedom as they are."""
    new, old = np.log(seeds(rng, (reps, n[0]), sd[0])), np.log(seeds(rng, (reps, n[1]), sd[1]))
    law = significance.plain_welch(n[0], new.var(axis=1, ddof=1), n[1], old.var(axis=1, ddof=1))
    return float((law.p_two_sided(new.mean(axis=1) - old.mean(axis=1)) < 0.05).sum())


def pairs(rng: np.random.Generator, n: Size, rho: float, sd: tuple[float, float] = (1.0, 1.0)) -> tuple[Floats, Floats]:
    """Log values of both sides of pairs that share `rho` of their variance."""
    shared = np.sqrt(rho) * rng.normal(size=n)
    new, old = (NOISE * s * (shared + np.sqrt(1 - rho) * rng.normal(size=n)) for s in sd)
    return new, old


def paired(
    rng: np.random.Generator,
    reps: int,
    n: int,
    rho: float,
    sd: tuple[float, float] = (1.0, 1.0),
    past: float | None = 1.0,
    shift: float = 0.0,
) -> float:
    """`n` pairs, with 20 earlier groups of pairs `past` times as noisy: is a difference found?"""
    new, old = pairs(rng, (reps, n), rho, sd)
    new = new - NOISE * shift
    earlier = [pairs(rng, (reps, (3, 4, 5)[g % 3]), rho, (past, past)) for g in range(20)] if past else []
    differences, spread = new - old, [side.var(axis=1, ddof=1) for side in (new, old)]
    law = significance.paired(n, differences.var(axis=1, ddof=1))
    if past and n <= FEW:
        prior, arm = prior_of([a - b for a, b in earlier]), prior_of([side for pair in earlier for side in pair])
        law = significance.moderated_paired(n, differences.var(axis=1, ddof=1), spread, prior=prior, arm=arm)
    p = law.p_two_sided(differences.mean(axis=1))
    for i in range(min(CHECKED, reps)):
        groups_ = [(np.exp(a[i]), np.exp(b[i])) for a, b in earlier]
        found = stats.decide_paired(np.exp(new[i]), np.exp(old[i]), history=groups_, min_effect=0)
        assert found.p_value is not None
        assert np.isclose(found.p_value, p[i], rtol=1e-6, atol=1e-12), (found, p[i])
    return float((p < 0.05).sum())


def found_pairs(
    rng: np.random.Generator,
    reps: int,
    n: int,
    rho: float,
    *,
    groups: int = 20,
    shift: float = 0.0,
    sd: tuple[float, float] = (1.0, 1.0),
    past_rho: float | None = None,
) -> float:
    """`n` pairs that were found, not declared: is a difference found by the test that `pairing_decides` chooses?"""
    new, old = pairs(rng, (reps, n), rho, sd)
    new = new - NOISE * shift
    shared = rho if past_rho is None else past_rho
    earlier = [pairs(rng, (reps, (3, 4, 5)[g % 3]), shared) for g in range(groups)]
    difference = (new - old).mean(axis=1)
    sides = [side for pair in earlier for side in pair]
    unpaired = laws(new, old, sides)[1].p_two_sided(difference)
    law = significance.paired(n, (new - old).var(axis=1, ddof=1))
    if earlier and n <= FEW:
        prior, arm = prior_of([a - b for a, b in earlier]), prior_of(sides)
        spread = [side.var(axis=1, ddof=1) for side in (new, old)]
        law = significance.moderated_paired(n, (new - old).var(axis=1, ddof=1), spread, prior=prior, arm=arm)
    chosen = chosen_pairing(n, earlier, reps)
    p = np.where(chosen, law.p_two_sided(difference), unpaired)
    for i in range(min(CHECKED, reps)):
        past = [(np.exp(a[i]), np.exp(b[i])) for a, b in earlier]
        paired_ = stats.pairing_decides(n, stats.pair_correlation(past))
        assert paired_ == chosen[i]
        values: Any = np.exp(new[i]), np.exp(old[i])
        found = (
            stats.decide_paired(*values, history=past, min_effect=0)
            if paired_
            else stats.decide(*values, history=[side for pair in past for side in pair], min_effect=0)
        )
        assert found.p_value is not None
        assert np.isclose(found.p_value, p[i], rtol=1e-6, atol=1e-12), (found, p[i])
    return float((p < 0.05).sum())


def chosen_pairing(n: int, earlier: Sequence[tuple[Floats, Floats]], reps: int) -> NDArray[np.bool_]:
    """Whether `pairing_decides`, for every row of earlier pairs (R, m)."""
    if not earlier:
        return np.full(reps, stats.pairing_decides(n))
    together, apart = (
        sum((a + sign * b).var(axis=1, ddof=1) * (a.shape[1] - 1) for a, b in earlier) for sign in (1, -1)
    )
    return np.asarray((together - apart) / (together + apart) >= WORTH)


def prior_of(past: Sequence[Floats]) -> Prior:
    """The prior of every row of groups, each (R, n)."""
    return fit_prior(*variances_of(past))


def variances_of(past: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Variances of every row of groups, and their degrees of freedom, both of shape (R, G)."""
    variances = np.stack([g.var(axis=1, ddof=1) for g in past], axis=1)
    return variances, np.broadcast_to(np.array([g.shape[1] - 1.0 for g in past]), variances.shape)


def library(rng: np.random.Generator, reps: int, kind: str, left_out: str, by: str = "family") -> float:
    """Two runs of a group of the library, judged by all lines but those that are `left_out`: is one called likely?"""
    lines = [line for line in seed_noise.table() if line.kind == kind]
    mine = [line for line in lines if getattr(line, by) == left_out]
    rest = [line for line in lines if getattr(line, by) != left_out]
    others = stats.pool_families([stats.Family(x.family, x.noise, x.spread, x.groups, x.runs) for x in rest])
    chosen = rng.integers(len(mine), size=reps)
    noise, spread = (np.array([getattr(line, name) for line in mine])[chosen] for name in ("noise", "spread"))
    sd = noise * np.exp(spread * rng.normal(size=reps))
    new, old = sd * rng.normal(size=(2, reps))
    p = significance.one_each(others.prior).p_two_sided(new - old)
    for i in range(min(CHECKED, reps)):
        found = stats.decide([new[i]], [old[i]], scale="linear", others=others, min_effect=0)
        assert found.p_value is not None
        assert np.isclose(found.p_value, p[i], rtol=1e-6), (found, p[i])
        assert found.verdict.startswith("likely") == (p[i] < 0.05)
    return float((p < 0.05).sum())


def frontier(rng: np.random.Generator, reps: int, foreign: float, what: str) -> float:
    """3 against 3 with history when its weight ends at another quantile."""
    kept, significance.FOREIGN = significance.FOREIGN, foreign
    try:
        sd = {"power": (1.0, 1.0), "twice": (2.0, 2.0), "1:3": (1.0, 3.0)}[what]
        return groups(rng, reps, (3, 3), sd, past="20 groups", shift=2.0 if what == "power" else 0.0)
    finally:
        significance.FOREIGN = kept


# --- one comparison at a time -----------------------------------------------------------------------------------------


def diverging(rng: np.random.Generator, n: tuple[int, int], rate: float) -> bool:
    """Seeds of both arms diverge equally often."""
    new, old = (np.where(rng.random(m) < rate, np.nan, seeds(rng, m)) for m in n)
    return differs(stats.decide(new, old, min_effect=0))


def on_samples(rng: np.random.Generator, samples: int, past: str | None = None, interaction: float = 1.0) -> bool:
    """One run a side on the same test samples; noise from seeds, samples, and both together."""
    hard = rng.normal(size=samples)

    def run() -> Floats:
        own = 5 * NOISE * interaction * rng.normal(size=samples)
        return np.exp(NOISE * rng.normal() + hard + own)

    groups_of_finals = [[float(run().mean()) for _ in range(3)] for _ in range(20 if past else 0)]
    return differs(stats.decide_on_samples(run(), run(), history=groups_of_finals, min_effect=0))


def sequential(rng: np.random.Generator, shift: float = 0.0, law: str = "normal", count_seeds: bool = False) -> float:
    """Seeds one at a time, decided at the planned looks: is a difference found (or: how many seeds did it take)?"""
    new, old = seeds(rng, max(stats.LOOKS), shift=-shift, law=law), seeds(rng, max(stats.LOOKS), law=law)
    made: list[stats.Made] = []
    for n in stats.LOOKS:
        found = stats.look(new[:n], old[:n], made=made, min_effect=0)
        made.append(stats.Made(n, found.turn.share))
        if found.decided:
            break
    return n if count_seeds else differs(found.decision)


def paired_looks(rng: np.random.Generator, rho: float) -> bool:
    """Declared pairs one at a time, decided at the planned looks: is a difference found?"""
    new, old = (np.exp(side) for side in pairs(rng, max(stats.LOOKS), rho))
    level = stats.look_alpha(0.05)
    return any(differs(stats.decide_paired(new[:n], old[:n], min_effect=0, alpha=level)) for n in stats.LOOKS)


def runs_of(label: str, values: Floats) -> Group:
    """Runs that ended with these values, which differ by the seed."""
    runs = tuple(
        Run(
            RunInfo(f"{label}{i}", f"{label}{i}", "made", f"{label}{i}", group=label, state="finished", seed=i),
            config={"side": label, "seed": i},
            summary={"test/loss": float(value)},
        )
        for i, value in enumerate(values)
    )
    return Group(label, label, runs)


def advised(rng: np.random.Generator, ledger: str, n: int = 3, law: str = "normal", shift: float = 0.0) -> bool:
    """Reports of whole comparisons that follow their own advice, up to MOST seeds a side: is a difference ever found?

    The ledger is "planned" from the first report on (`--looks`), begun after it ("late": `--looks --looked`), that of
    the store, which plans nothing ("kept": `--keep`), or none, where as many seeds are added as the report asks for.
    """
    new, old = seeds(rng, MOST, shift=-shift, law=law), seeds(rng, MOST, law=law)
    looks, first = LooksAtHand(), True
    while n <= MOST:
        begun = ledger != "none" and not (ledger == "late" and first)
        book = LookBook(looks.read(), looks.name, planned=ledger != "kept", unrecorded=ledger == "late")
        found = build(runs_of("new", new[:n]), runs_of("old", old[:n]), Request(looks=book if begun else None))
        if found.verdict in ("better", "worse"):
            return True
        if found.look is not None and is_spent(found.look, found.verdict, found.quality):
            looks.add(found.look.entry)
        advice = next((r.facts for r in found.recommendations if r.action == "run_seeds"), {})
        wanted = advice.get("seeds_low" if ledger == "none" else "look_at", 0)
        n, first = max(wanted, stats.planned_sizes(n)[0]), False
    return False


def peeking(rng: np.random.Generator, method: str) -> bool:
    """Looking after every seed from 2 to 20 a side, by the e-value or by Welch."""
    new, old = seeds(rng, 20), seeds(rng, 20)
    if method == "e-value":
        return any(stats.e_value(new[:n], old[:n]) >= 20 for n in range(2, 21))
    return any(differs(stats.decide(new[:n], old[:n], min_effect=0)) for n in range(2, 21))


def family(rng: np.random.Generator, correction: str, shared: float = 0.0) -> bool:
    """Ten metrics that don't differ, 5 seeds a side: is any of them called different?"""
    common = rng.normal(size=(2, 5))
    p = []
    for _ in range(10):
        own = np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.normal(size=(2, 5))
        p.append(stats.decide(np.exp(NOISE * own[0]), np.exp(NOISE * own[1])).p_value or 1.0)
    adjusted = {"none": np.asarray, "Holm": stats.holm, "BH": stats.benjamini_hochberg}[correction](p)
    return bool(np.min(adjusted) < 0.05)


def far_seed(rng: np.random.Generator, n: int, distance: float = 0.0) -> bool:
    """Is a seed that lies `distance` sd off named (at 0: any seed at all)?"""
    new, old = seeds(rng, n), seeds(rng, n)
    new[0] *= np.exp(distance * NOISE)
    notes = stats.decide(new, old).warnings
    return any(note.code == "far-seed" and (not distance or "candidate's seed at 0" in note.text) for note in notes)


def beyond(rng: np.random.Generator, n: int, sd: float) -> bool:
    """One run of `sd` against `n`: is it called anything but inconclusive?"""
    return stats.decide(seeds(rng, 1, sd), seeds(rng, n), min_effect=0).verdict != "inconclusive"


def likely(rng: np.random.Generator, past: str, sd: float = 1.0, shift: float = 0.0) -> bool:
    """One run a side with history: is the verdict anything but inconclusive?"""
    earlier = [g[0] for g in history(rng, past, 1)]
    new, old = seeds(rng, 1, sd, -shift), seeds(rng, 1, sd)
    return stats.decide(new, old, history=earlier, min_effect=0).verdict != "inconclusive"


def effect_seen(rng: np.random.Generator, n: int, shift: float) -> bool:
    """Is a large gain seen at the usual smallest effect of interest (2 %)?"""
    return stats.decide(seeds(rng, n, shift=-shift), seeds(rng, n)).verdict == "better"


def equivalence(rng: np.random.Generator, n: int, shift: float, margin: float = 1.0) -> bool:
    """Is the verdict "equivalent" at a margin of so many sd, when the truth is `shift` sd?"""
    effect = float(np.expm1(margin * NOISE))
    return stats.decide(seeds(rng, n, shift=shift), seeds(rng, n), min_effect=effect).verdict == "equivalent"


def curve(rng: np.random.Generator, points: int, rho: float) -> bool:
    """Does the interval of a curve's level hold the true level? AR(1) noise."""
    z = lfilter([np.sqrt(1 - rho**2)], [1, -rho], rng.normal(size=points + 200))
    found = stats.curve_level(np.exp(NOISE * z[200:]), tail=1.0)
    return found.low is not None and found.high is not None and found.low <= 1 <= found.high


def best_of(rng: np.random.Generator, n: int, k: int) -> bool:
    """Does the interval of best-of-k hold the true expectation (of the log)?"""
    found = stats.best_of_k(seeds(rng, n), k)
    assert found.low is not None
    assert found.high is not None
    return found.low <= np.exp(-NOISE * stats.expected_maximum(k)) <= found.high


def best_by_validation(rng: np.random.Generator, n: int, k: int, rho: float) -> bool:
    """Does the interval hold the true expectation of the best of k by a validation value that correlates by rho?"""
    validation = rng.normal(size=n)
    test = rho * validation + np.sqrt(1 - rho**2) * rng.normal(size=n)
    found = stats.best_of_k(np.exp(NOISE * test), k, validation=np.exp(NOISE * validation))
    assert found.low is not None
    assert found.high is not None
    return found.low <= np.exp(-NOISE * rho * stats.expected_maximum(k)) <= found.high


def best_of_search(
    rng: np.random.Generator,
    n: int,
    m: int,
    k: int,
    past: bool = False,
    corrected: bool = True,
    law: str = "normal",
    run: bool = False,
) -> bool:
    """The best of `k` configs of `n` seeds that are all like the baseline of `m`, or the best `run` of all of theirs:
    is it called better?"""
    configs = seeds(rng, (k, n), law=law)
    best = configs[np.argmin(np.log(configs).mean(axis=1))]
    if run:
        best, k = np.array([configs.min()]), k * n
    earlier = list(configs[:40]) if past else []
    found = stats.decide(best, seeds(rng, m, law=law), history=earlier, min_effect=0, searched=k if corrected else 1)
    return found.verdict == "better"


def target(rng: np.random.Generator, n: int, past: str | None = None, shift: float = 0.0) -> bool:
    """Is a target "reached" by seeds whose mean lies `shift` sd beyond it?"""
    earlier = [np.log(g[0]) for g in history(rng, past, 1)]
    return stats.decide_target(np.log(seeds(rng, n, shift=-shift)), 0.0, history=earlier).verdict == "reached"


def guardrail(
    rng: np.random.Generator, n: int, word: str, worse: float, past: str | None = None, margin: float | None = 1.0
) -> bool:
    """Is the verdict on a guardrail with a margin of `margin` sd this word, when it is `worse` by so many sd?"""
    earlier = [g[0] for g in history(rng, past, 1)]
    new, old = seeds(rng, n, shift=worse), seeds(rng, n)
    asked = None if margin is None else float(np.expm1(margin * NOISE))
    return stats.check_guardrail(new, old, margin=asked, history=earlier).verdict == word


def task_values(
    rng: np.random.Generator,
    tasks: int,
    n: int,
    *,
    effect: float,
    between: float = 0.0,
    sd: tuple[float, float] = (1.0, 1.0),
    shared: float = 0.0,
    law: str = "normal",
) -> tuple[list[Floats], list[Floats]]:
    """Values of `n` runs a side on tasks whose noise varies log-normally (sd 1), the effect in units of it; runs that
    are the same for all tasks have `shared` of their variance in common."""
    unit = np.exp(rng.normal(size=(tasks, 1)))

    def side(scale: float) -> Floats:
        own = noise(rng, law, (tasks, n))
        return unit * scale * (np.sqrt(shared) * rng.normal(size=(1, n)) + np.sqrt(1 - shared) * own)

    shift = unit * (effect + between * rng.normal(size=(tasks, 1)))
    return list(side(sd[0]) + shift), list(side(sd[1]))


def over_tasks(rng: np.random.Generator, tasks: int, n: int, what: str, unit: str = "noise", **more: Any) -> bool:
    """The mean over tasks: "found", or whether its interval ("covered") or that of the probability of improvement
    ("improvement") holds the truth."""
    effect = more.pop("effect", 0.0)
    new, old = task_values(rng, tasks, n, effect=effect, **more)
    shared = bool(more.get("shared"))
    found = stats.pool_tasks(new, old, unit=unit, higher_is_better=True, shared_runs=shared)  # type: ignore[arg-type]
    if what == "found":
        return found.verdict in ("better", "worse")
    if what == "covered":
        return found.low is not None and found.high is not None and found.low <= effect <= found.high
    true = float(ndtr(effect / np.sqrt(2 + more.get("between", 0.0) ** 2)))
    return found.improvement is not None and found.improvement.low <= true <= found.improvement.high


def bootstrap_over_tasks(rng: np.random.Generator, tasks: int, n: int, what: str = "mean") -> bool:
    """Peers: does the interval of a stratified bootstrap over the runs of each task leave out no difference?"""
    new, old = (np.array(side) for side in task_values(rng, tasks, n, effect=0.0))
    picks = [rng.integers(n, size=(500, tasks, n)) for _ in range(2)]
    drawn = [side[np.arange(tasks)[:, None], pick] for side, pick in zip((new, old), picks, strict=True)]
    if what == "improvement":
        resampled = (np.sign(drawn[0][..., :, None] - drawn[1][..., None, :]) / 2).mean(axis=(1, 2, 3))
    else:
        spread = np.concatenate([new, old], axis=1).std(axis=1, ddof=1)
        resampled = ((drawn[0].mean(axis=2) - drawn[1].mean(axis=2)) / spread).mean(axis=1)
    low, high = np.quantile(resampled, (0.025, 0.975))
    return not low <= 0 <= high


def claims_over_tasks(rng: np.random.Generator, tasks: int, n: int) -> bool:
    """Tasks that don't differ, on log scales of unlike noise, the others' runs as history: is any called different?"""
    new, old = task_values(rng, tasks, n, effect=0.0)
    new, old = ([np.exp(NOISE * v) for v in side] for side in (new, old))
    p = []
    for k in range(tasks):
        others = [v for i in range(tasks) if i != k for v in (new[i], old[i])]
        p.append(stats.decide(new[k], old[k], history=others, min_effect=0).p_value or 1.0)
    return bool(np.min(stats.holm(p)) < 0.05)


def tails(
    rng: np.random.Generator, n: int, rule: str, rho: float = 0.5, shift: float = 0.0, slope: float = 0.0
) -> bool:
    """Runs whose last 30 evaluations have as much AR(1) noise as there is between seeds: is a difference found?"""

    def run(level: float) -> Floats:
        z = lfilter([np.sqrt(1 - rho**2)], [1, -rho], rng.normal(size=500))[-300:]
        return np.exp(NOISE * (level + rng.normal() + z - slope * np.linspace(0, 1, 300)))

    new, old = [run(-shift) for _ in range(n)], [run(0.0) for _ in range(n)]
    if rule == "last":
        return differs(stats.decide([c[-1] for c in new], [c[-1] for c in old], min_effect=0))
    found = stats.final_values(new, old)
    return differs(stats.decide(found.candidate, found.baseline, min_effect=0))


def ranks(
    rng: np.random.Generator,
    n: Sequence[int],
    sd: Sequence[float] = (1.0,),
    apart: float = 0.0,
    law: str = "normal",
    past: str | None = None,
    best: bool = False,
) -> bool:
    """Groups of `n` seeds, two and two `apart` sd from the next two: is any rank outside of its range? With `best`: is
    the first alone shown to be the best, where it is the only one of its level?"""
    levels = np.array([apart * ((i + best) // 2) for i in range(len(n))])
    values = [seeds(rng, m, sd[i % len(sd)], levels[i], law) for i, m in enumerate(n)]
    groups_ = [g[0] for g in history(rng, past, 1, law)]
    found = stats.rank_groups(values, history=groups_, higher_is_better=False).groups
    if best:
        return all(one.may_be_best == (one.place == 0) for one in found)
    first = {one.place: 1 + int(np.sum(levels < levels[one.place])) for one in found}
    last = {one.place: int(np.sum(levels <= levels[one.place])) for one in found}
    return not all(one.low <= first[one.place] and last[one.place] <= one.high for one in found)


ADVISED = {
    "planned": "--looks from the first report on",
    "late": "--looks --looked from the second on",
    "kept": "--keep",
    "none": "no count of looks (don't)",
}

WHOLE = ("advised",)
MANY: dict[str, Callable[..., float]] = {
    f.__name__: f
    for f in (groups, raw_lognormal, coverage, plain_welch, paired, found_pairs, frontier, library, cost_ratio)
}
SINGLE: dict[str, Callable[..., float]] = {
    f.__name__: f
    for f in (
        diverging,
        on_samples,
        sequential,
        paired_looks,
        advised,
        peeking,
        family,
        far_seed,
        beyond,
        likely,
        effect_seen,
        equivalence,
        curve,
        best_of,
        best_by_validation,
        tails,
        target,
        guardrail,
        over_tasks,
        bootstrap_over_tasks,
        claims_over_tasks,
        best_of_search,
        ranks,
    )
}

# --- the cells --------------------------------------------------------------------------------------------------------

SIZES = ((3, 3), (3, 5), (5, 3), (3, 10), (10, 3), (5, 5), (5, 10), (10, 10))


def cells() -> Iterator[Cell]:
    """Every cell, the bars' own first."""
    yield from no_history()
    yield from with_history()
    yield from power_cells()
    yield from paired_cells()
    yield from other_situations()


def rank_cells() -> Iterator[Cell]:
    table = "Ranks of many groups: a rank lies outside of its range"
    for name, args in (
        ("3 groups of 3", {"n": (3,) * 3}),
        ("6 groups of 2", {"n": (2,) * 6}),
        ("6 groups of 3", {"n": (3,) * 6}),
        ("6 groups of 5, t3", {"n": (5,) * 6, "law": "t3"}),
        ("6 groups of 3, 5 % outliers", {"n": (3,) * 6, "law": "5 % outliers"}),
        ("6 groups of 3, sd .3, 1 and 3", {"n": (3,) * 6, "sd": (0.3, 1.0, 3.0)}),
        ("6 groups of 10 and 2, sd 1:3", {"n": (10, 2) * 3, "sd": (1.0, 3.0)}),
        ("6 groups of 20 and 2, sd 1:5", {"n": (20, 2) * 3, "sd": (1.0, 5.0)}),
        ("6 groups of 2, 3, 5 and 10, sd 3:1", {"n": (2, 3, 5, 10, 2, 3), "sd": (3.0, 1.0)}),
        ("6 groups of 5, two and two 3 sd apart", {"n": (5,) * 6, "apart": 3.0}),
        ("6 groups of 10 and 2, sd 1:3, 3 sd apart", {"n": (10, 2) * 3, "sd": (1.0, 3.0), "apart": 3.0}),
        ("6 single runs, 20 groups of history", {"n": (1,) * 6, "past": "20 groups"}),
        ("3 single runs among 3 groups of 5", {"n": (1, 5) * 3}),
        ("3 single runs, twice as noisy, among 3 groups of 5", {"n": (1, 5) * 3, "sd": (2.0, 1.0)}),
    ):
        yield Cell(table, name, "ranks", args, 5.0)
    table = "Ranks of many groups: the best one is shown"
    for name, args in (
        ("6 groups of 3, the best 6 sd ahead", {"n": (3,) * 6, "apart": 6.0}),
        (
            "6 groups of 3, 20 groups of history, the best 6 sd ahead",
            {"n": (3,) * 6, "apart": 6.0, "past": "20 groups"},
        ),
        ("6 groups of 5, the best 3 sd ahead", {"n": (5,) * 6, "apart": 3.0}),
        ("6 groups of 10, the best 3 sd ahead", {"n": (10,) * 6, "apart": 3.0}),
    ):
        yield Cell(table, name, "ranks", {**args, "best": True})


def paired_cells() -> Iterator[Cell]:
    table = "Pairs with the same seed"
    for n in (2, 3, 5):
        for rho in (0.0, 0.5, 0.7):
            args = {"n": n, "rho": rho}
            yield Cell(table, f"{n} pairs, correlation {rho}, 20 earlier groups: false positives", "paired", args, 5.5)
        for sd, past, words in (((1, 3), 1.0, "sd 1:3"), ((1, 1), 0.5, "earlier ones 2 times quieter")):
            args = {"n": n, "rho": 0.5, "sd": sd, "past": past}
            bar = 11.0 if n == 2 else 7.0
            yield Cell(table, f"{n} pairs, correlation 0.5, {words}: false positives", "paired", args, bar)
        args = {"n": n, "rho": 0.5, "past": None}
        yield Cell(table, f"{n} pairs, correlation 0.5, no history: false positives", "paired", args, 5.5)
    for n, rho, least in (
        (3, 0.0, None),
        (3, 0.5, 60.0),
        (3, 0.7, 60.0),
        (2, 0.5, None),
        (2, 0.7, None),
        (5, 0.5, None),
    ):
        args = {"n": n, "rho": rho, "shift": 2.0}
        yield Cell(
            table, f"{n} pairs, correlation {rho}, 20 earlier groups: power at 2 sd", "paired", args, least, True
        )
    for n in (3, 5, 10):
        args = {"n": n, "rho": 0.5, "past": None, "shift": 2.0}
        yield Cell(table, f"{n} pairs, correlation 0.5, no history: power at 2 sd", "paired", args)
    yield from found_pairs_cells()


# power of the test that ignores the pairs where they share nothing, at the shift where pairing them loses most; 3
# points less is the bar
UNPAIRED = ((3, 2.0, 45.1), (5, 1.5, 54.2), (10, 1.0, 56.2))


def found_pairs_cells() -> Iterator[Cell]:
    """Pairs found by their seeds: the earlier pairs choose the test."""
    table = "Pairs that were found, the test chosen by earlier pairs"
    for n in (2, 3, 5, 10):
        for rho in (0.0, 0.5):
            for past in (5, 20):
                args = {"n": n, "rho": rho, "groups": past}
                name = f"{n} pairs, correlation {rho}, {past} earlier groups: false positives"
                yield Cell(table, name, "found_pairs", args, 5.5)
    for n in (3, 5):
        args = {"n": n, "rho": 0.5, "sd": (1, 3)}
        yield Cell(table, f"{n} pairs, correlation 0.5, sd 1:3: false positives", "found_pairs", args, 7.0)
        args = {"n": n, "rho": 0.0, "past_rho": 0.5}
        yield Cell(table, f"{n} pairs, correlation 0.0, earlier ones 0.5: false positives", "found_pairs", args, 7.0)
    args = {"n": 16, "rho": 0.0, "groups": 0}
    yield Cell(table, "16 pairs, correlation 0.0, no history: false positives", "found_pairs", args, 5.5)
    for n, shift, unpaired in UNPAIRED:
        for past in (5, 20):
            args = {"n": n, "rho": 0.0, "groups": past, "shift": shift}
            name = f"{n} pairs, correlation 0.0, {past} earlier groups: power at {shift:g} sd"
            yield Cell(table, name, "found_pairs", args, round(unpaired - 3, 1), True)
    args = {"n": 16, "rho": 0.0, "groups": 0, "shift": 0.9}
    yield Cell(table, "16 pairs, correlation 0.0, no history: power at 0.9 sd", "found_pairs", args, 66.1, True)
    yield Cell(table, "16 against 16 seeds, no history: power at 0.9 sd", "groups", {"n": (16, 16), "shift": 0.9})
    for n, shift, _ in UNPAIRED:
        args = {"n": (n, n), "past": "20 groups", "shift": shift}
        yield Cell(table, f"{n} against {n} seeds, 20 groups: power at {shift:g} sd", "groups", args)
    for rho in (0.5, 0.7):
        for past in (5, 20):
            args = {"n": 3, "rho": rho, "groups": past, "shift": 2.0}
            name = f"3 pairs, correlation {rho}, {past} earlier groups: power at 2 sd"
            yield Cell(table, name, "found_pairs", args, 60.0, True)


def no_history() -> Iterator[Cell]:
    table = "False positives without history"
    yield Cell(table, "2v2, normal, sd 1:1", "groups", {"n": (2, 2)}, 5.0)
    yield Cell(table, "2v2, normal, sd 1:3", "groups", {"n": (2, 2), "sd": (1, 3)}, 9.5)
    for n in SIZES:
        for law in ("normal", "t3", "5 % outliers", "5 % at +5 sd"):
            for sd in ((1, 1), (1, 1.5), (1, 2), (1, 3)):
                if law == "normal" or sd in ((1, 1), (1, 3)):
                    name = f"{n[0]}v{n[1]}, {law}, sd {sd[0]}:{sd[1]}"
                    yield Cell(table, name, "groups", {"n": n, "sd": sd, "law": law}, 7.0)
        for scale in ("log", "linear"):
            name = f"{n[0]}v{n[1]}, log-normal .5, {scale} scale"
            yield Cell(table, name, "raw_lognormal", {"n": n, "scale": scale}, 7.0)
    for n in ((2, 3), (2, 5), (2, 10), (2, 20)):
        for ratio in (1, 1.5, 2, 3):
            yield Cell(table, f"{n[0]}v{n[1]}, normal, sd {ratio}:1", "groups", {"n": n, "sd": (ratio, 1)}, 7.0)
    for n, ratio in (((3, 10), 2), ((3, 50), 0.7)):
        args = {"n": n, "sd": (ratio, 1)}
        yield Cell(table, f"{n[0]}v{n[1]}, normal, sd {ratio}:1", "groups", args, 7.0)
        yield Cell(table, f"{n[0]}v{n[1]}, normal, sd {ratio}:1, unmodified Welch (don't)", "plain_welch", args)
    for rate in (0.1, 0.3):
        for m in (3, 5, 10):
            name = f"{m}v{m}, {rate:.0%} of seeds diverge"
            yield Cell(table, name, "diverging", {"n": (m, m), "rate": rate}, 7.0)


def with_history() -> Iterator[Cell]:
    table = "False positives with history"
    past = "20 groups"
    yield Cell(table, "2v2, matched, sd 1:1", "groups", {"n": (2, 2), "past": past}, 5.0)
    yield Cell(table, "2v2, matched, sd 1:3", "groups", {"n": (2, 2), "sd": (1, 3), "past": past}, 9.5)
    for k in (1.25, 1.5, 2, 3):
        args = {"n": (3, 3), "sd": (k, k), "past": past}
        yield Cell(table, f"3v3, history {k} times too quiet", "groups", args, 5.0 if k >= 1.5 else 7.0)
    for m in (2, 3, 5):
        for k in (2, 3, 5):
            kind = f"20 groups {k} times noisier"
            yield Cell(table, f"{m}v{m}, {kind}", "groups", {"n": (m, m), "past": kind}, 5.0)
    for n in SIZES[:-1]:
        for kind in (past, "20 mixed groups", "20 spread groups", "5 groups"):
            for sd in ((1, 1), (1, 2), (1, 3), (3, 1), (3, 3)):
                if kind == past or sd in ((1, 1), (1, 3), (3, 3)):
                    name = f"{n[0]}v{n[1]}, {kind}, sd {sd[0]}:{sd[1]}"
                    yield Cell(table, name, "groups", {"n": n, "sd": sd, "past": kind}, 7.0)
    for n in ((2, 3), (2, 10)):
        for ratio in (1, 3):
            args = {"n": n, "sd": (ratio, 1), "past": past}
            yield Cell(table, f"{n[0]}v{n[1]}, {past}, sd {ratio}:1", "groups", args, 7.0)
    for law in ("t3", "5 % outliers"):
        for n in ((3, 3), (3, 10), (5, 5)):
            name = f"{n[0]}v{n[1]}, {past}, {law}"
            yield Cell(table, name, "groups", {"n": n, "law": law, "past": past}, 7.0)


def power_cells() -> Iterator[Cell]:
    table = "Power at 2 sd"
    for m, bar in ((2, 26.0), (3, 42.0), (5, 76.0)):
        yield Cell(table, f"{m}v{m}, 20 groups", "groups", {"n": (m, m), "past": "20 groups", "shift": 2}, bar, True)
    for m, bar in ((3, 36.0), (5, 75.0)):
        for k in (2, 3, 5):
            past = f"20 groups {k} times noisier"
            yield Cell(table, f"{m}v{m}, {past}", "groups", {"n": (m, m), "past": past, "shift": 2}, bar, True)
    for m in (2, 3, 5):
        yield Cell(table, f"{m}v{m}, no history", "groups", {"n": (m, m), "shift": 2})
    for kind in ("5 groups", "20 spread groups", "20 mixed groups"):
        yield Cell(table, f"3v3, {kind}", "groups", {"n": (3, 3), "past": kind, "shift": 2})
    args = {"n": (1, 1), "past": "20 groups", "shift": 2}
    yield Cell(table, "1v1, 20 groups", "groups", args)
    table = "Coverage of the 95 % interval"
    for m in (3, 5, 10):
        yield Cell(table, f"{m}v{m}, no history", "coverage", {"n": (m, m)}, 93.0, True)
    for m in (3, 5):
        yield Cell(table, f"{m}v{m}, 20 groups", "coverage", {"n": (m, m), "past": "20 groups"}, 93.0, True)
    yield Cell(table, "3v3, t3", "coverage", {"n": (3, 3), "law": "t3"}, 93.0, True)


def other_situations() -> Iterator[Cell]:
    table = "Seeds one at a time"
    yield Cell(table, "planned looks: false positives", "sequential", {}, 5.5)
    yield Cell(table, "planned looks, t3: false positives", "sequential", {"law": "t3"}, 5.5)
    yield Cell(table, "planned looks, declared pairs: false positives", "paired_looks", {"rho": 0.5}, 5.5)
    yield Cell(table, "e-value after every seed to 20: false positives", "peeking", {"method": "e-value"}, 5.0)
    yield Cell(table, "Welch after every seed to 20: false positives (don't)", "peeking", {"method": "Welch"})
    yield Cell(table, "planned looks: power at 2 sd", "sequential", {"shift": 2})
    yield Cell(table, "planned looks: 100 x mean seeds at 2 sd", "sequential", {"shift": 2, "count_seeds": True})
    table = "Reports that follow their own advice, up to 32 seeds a side: any false positive"
    for ledger, words in ADVISED.items():
        for first in (3,) if ledger == "kept" else (3, 5):
            args = {"ledger": ledger, "n": first}
            yield Cell(table, f"from {first} seeds, {words}", "advised", args, None if ledger == "none" else 5.5)
    args = {"ledger": "planned", "law": "t3"}
    yield Cell(table, f"from 3 seeds, {ADVISED['planned']}, t3", "advised", args, 5.5)
    for ledger in ("planned", "late"):
        args = {"ledger": ledger, "shift": 2.0}
        yield Cell(table, f"from 3 seeds, {ADVISED[ledger]}: power at 2 sd", "advised", args)
    table = "Ten metrics: any false positive"
    yield Cell(table, "Holm, independent", "family", {"correction": "Holm"}, 5.0)
    yield Cell(table, "Holm, correlation .5", "family", {"correction": "Holm", "shared": 0.5}, 5.0)
    yield Cell(table, "uncorrected, independent (don't)", "family", {"correction": "none"})
    table = "One run a side, and one against many: false positives"
    yield Cell(table, "paired test samples with history", "on_samples", {"samples": 200, "past": "20 groups"}, 6.5)
    args = {"samples": 200, "past": "20 groups", "interaction": 4.0}
    yield Cell(table, "paired, noisy samples, with history", "on_samples", args, 6.5)
    yield Cell(table, "paired without history, as a claim about the method (don't)", "on_samples", {"samples": 200})
    for kind in ("20 groups", "5 groups", "20 spread groups"):
        yield Cell(table, f"1v1, {kind}", "groups", {"n": (1, 1), "past": kind}, 7.0)
        yield Cell(table, f"1v1, {kind}: likely, better or worse", "likely", {"past": kind}, 7.0)
    for k, bar in ((2, None), (5, 10.0)):
        args = {"n": (1, 1), "sd": (k, k), "past": "20 groups"}
        yield Cell(table, f"1v1, history {k} times too quiet: better or worse", "groups", args, bar)
        args = {"past": "20 groups", "sd": k}
        yield Cell(table, f"1v1, history {k} times too quiet: likely, better or worse", "likely", args)
    args = {"past": "20 groups", "shift": 4.0}
    yield Cell(table, "1v1, 20 groups, 4 sd: likely better or better", "likely", args)
    for m in (2, 3, 5, 10):
        yield Cell(table, f"1v{m}", "groups", {"n": (1, m)}, 7.0)
        yield Cell(table, f"1v{m}, 20 groups", "groups", {"n": (1, m), "past": "20 groups"}, 7.0)
    for m in (3, 5, 10):
        for k, bar in ((2, 10.0), (3, None)):
            name = f"1v{m}, the one run {k} times as noisy: better or worse"
            yield Cell(table, name, "groups", {"n": (1, m), "sd": (k, 1)}, bar)
            name = f"1v{m}, the one run {k} times as noisy: beyond the baseline's seeds, better or worse"
            yield Cell(table, name, "beyond", {"n": m, "sd": k})
        yield Cell(table, f"1v{m}, beyond the baseline's seeds, better or worse", "beyond", {"n": m, "sd": 1}, 7.0)
    yield from library_cells()
    table = "The best of 100 configs that are all like the baseline: better"
    for m in (3, 5, 10):
        for past in (False, True):
            name = f"3 seeds each against {m}, {'with their noise as history' if past else 'no history'}"
            args = {"n": 3, "m": m, "k": 100, "past": past}
            yield Cell(table, name, "best_of_search", args, 5.0)
            yield Cell(
                table,
                f"the best run of 300 against {m}, {name.split(', ')[1]}",
                "best_of_search",
                args | {"run": True},
                5.0,
            )
        for run, words in ((False, "3 seeds each"), (True, "the best run of 300")):
            args = {"n": 3, "m": m, "k": 100, "law": "t3", "run": run}
            yield Cell(table, f"{words} against {m}, no history, t3", "best_of_search", args, 5.0)
    args = {"n": 3, "m": 5, "k": 100, "corrected": False}
    yield Cell(table, "3 seeds each against 5, uncorrected (don't)", "best_of_search", args)
    table = "One group against a claimed number, one-sided"
    for m in (2, 3, 5):
        for kind in (None, "20 groups"):
            words = f"{m} seeds, {kind or 'no history'}"
            yield Cell(table, f"{words}, mean at the target: reached", "target", {"n": m, "past": kind}, 6.0)
            yield Cell(table, f"{words}, 2 sd beyond: reached", "target", {"n": m, "past": kind, "shift": 2.0})
    table = "Tails of curves: evaluation noise as large as that between seeds"
    for m in (2, 3, 5):
        power = 8.0 if m == 2 else 3.0
        for shift, words, bar in ((0.0, "false positives", 5.5), (power, f"power at {power:g} sd between seeds", None)):
            for rule in ("last", "chosen"):
                args = {"n": m, "rule": rule, "shift": shift}
                yield Cell(table, f"{m}v{m}, value taken: {rule}: {words}", "tails", args, bar)
    for rho, slope in ((0.95, 0.0), (0.5, 20.0)):
        words = "neighbours correlate by .95" if rho > 0.9 else "curves still fall"
        args = {"n": 3, "rule": "chosen", "rho": rho, "slope": slope}
        yield Cell(table, f"3v3, {words}: false positives", "tails", args, 5.5)
    table = "Guardrails"
    for kind in (None, "20 groups"):
        words = kind or "no history"
        args = {"n": 3, "word": "holds", "worse": 1.0, "past": kind}
        yield Cell(table, f"3v3, {words}, worse by the margin of 1 sd: holds", "guardrail", args, 6.0)
        args = {"n": 3, "word": "broken", "worse": 0.0, "past": kind}
        yield Cell(table, f"3v3, {words}, no worse: broken", "guardrail", args, 6.0)
        args = {"n": 3, "word": "broken", "worse": 3.0, "past": kind}
        yield Cell(table, f"3v3, {words}, 3 sd worse: broken", "guardrail", args, 75.0, True)
        for worse, bar in ((0.0, 5.5), (3.0, 75.0)):
            args = {"n": 3, "word": "broken", "worse": worse, "past": kind, "margin": None}
            name = f"3v3, {words}, no margin, {worse:g} sd worse: broken"
            yield Cell(table, name, "guardrail", args, bar, worse > 0)
        args = {"n": 3, "word": "holds", "worse": 3.0, "past": kind}
        yield Cell(table, f"3v3, {words}, 3 sd worse: holds", "guardrail", args, 1.0)
        args = {"n": 3, "word": "holds", "worse": 0.0, "past": kind, "margin": 3.0}
        yield Cell(table, f"3v3, {words}, no worse, margin of 3 sd: holds", "guardrail", args, 75.0, True)
    yield from task_cells()
    yield from rank_cells()
    table = "One seed"
    yield Cell(table, "3v3, a gain of 7 sd is found", "effect_seen", {"n": 3, "shift": 7}, 95.0, True)
    for m in (3, 5):
        yield Cell(table, f"{m}v{m}, nothing odd: a seed is called far", "far_seed", {"n": m}, 6.0)
        yield Cell(table, f"{m}v{m}, one seed 10 sd off is named", "far_seed", {"n": m, "distance": 10}, 70.0, True)
        args = {"n": m, "distance": np.log(10) / NOISE}
        yield Cell(table, f"{m}v{m}, one seed 10 times too large is named", "far_seed", args, 99.0, True)
    table = "Equivalence within 1 sd"
    for m in (3, 5, 10, 30):
        yield Cell(table, f"{m}v{m}, true difference 1 sd: false", "equivalence", {"n": m, "shift": 1.0}, 5.0)
    for m in (3, 5, 10, 30):
        yield Cell(table, f"{m}v{m}, no difference: found", "equivalence", {"n": m, "shift": 0.0})
    table = "Coverage of other intervals"
    for rho in (0.0, 0.5, 0.9):
        yield Cell(table, f"level of a curve, 100 points, AR(1) {rho}", "curve", {"points": 100, "rho": rho})
    for n, k in ((3, 15), (5, 15), (10, 5)):
        yield Cell(table, f"best of {k} from {n} runs", "best_of", {"n": n, "k": k}, 93.0, True)
    for n in (3, 5, 10):
        for k in (5, 15):
            for rho in (0.3, 0.6, 0.9):
                name = f"best of {k} by validation, correlation {rho}, from {n} runs"
                yield Cell(table, name, "best_by_validation", {"n": n, "k": k, "rho": rho}, 93.0, True)
    table = "Coverage of the interval of a cost ratio"
    for sizes in ((2, 10), (2, 20), (3, 10)):
        for ratio in (1, 2, 3):
            args = {"n": sizes, "sd": (ratio, 1)}
            yield Cell(table, f"{sizes[0]}v{sizes[1]}, sd {ratio}:1", "cost_ratio", args, 93.0, True)
    table = "Frontier of 3v3 with history: where its weight ends"
    for foreign in (0.6, 0.7, 0.76, 0.8, 0.9, 0.999):
        for what in ("power", "twice", "1:3"):
            yield Cell(table, f"quantile {foreign}: {what}", "frontier", {"foreign": foreign, "what": what})


def task_cells() -> Iterator[Cell]:
    table = "Many tasks of unlike noise"
    for k in (5, 10, 26):
        few = {"tasks": k, "n": 3}
        for unit in ("noise", "scale"):
            name = f"{k} tasks, 3v3, effects in units of {'their noise' if unit == 'noise' else 'a common scale'}"
            yield Cell(table, f"{name}: false positives", "over_tasks", {**few, "what": "found", "unit": unit}, 5.5)
        for more, words in (
            ({"between": 1.0}, "effects vary by 1 sd around 0"),
            ({"sd": (1.0, 3.0)}, "sd 1:3"),
            ({"law": "t3"}, "t3"),
        ):
            args = {**few, "what": "found", **more}
            yield Cell(table, f"{k} tasks, 3v3, {words}: false positives", "over_tasks", args, 5.5)
        for more, words in (({}, "1 sd"), ({"between": 1.0}, "1 ± 1 sd"), ({"effect": 3.0}, "3 sd")):
            args = {**few, "effect": 1.0, **more}
            for what, of in (("covered", "mean effect"), ("improvement", "probability of improvement")):
                name = f"{k} tasks, 3v3, effect {words}: coverage of the {of}"
                yield Cell(table, name, "over_tasks", {**args, "what": what}, 93.0, True)
        yield Cell(table, f"{k} tasks, 3v3, effect 1 sd: power", "over_tasks", {**few, "what": "found", "effect": 1.0})
        args = {**few, "what": "found", "shared": 0.5}
        yield Cell(table, f"{k} results of the same runs, 3v3: false positives", "over_tasks", args, 5.5)
        yield Cell(table, f"{k} tasks, 3v3: any of them called different", "claims_over_tasks", few, 7.0)
        for what, words in (("mean", "the mean"), ("improvement", "the probability of improvement")):
            name = f"{k} tasks, 3v3, stratified bootstrap of {words}: false positives (don't)"
            yield Cell(table, name, "bootstrap_over_tasks", {**few, "what": what})


def library_cells() -> Iterator[Cell]:
    """Every family of the noise library judged by the others; and every collection, whose families are one maker's."""
    table = "One run a side by other people's noise: likely where nothing differs"
    for kind in dict.fromkeys(line.kind for line in seed_noise.table()):
        lines = [line for line in seed_noise.table() if line.kind == kind]
        for family in dict.fromkeys(line.family for line in lines):
            yield Cell(table, f"{kind}: {family}", "library", {"kind": kind, "left_out": family}, 7.0)
        makers = dict.fromkeys(line.collection for line in lines)
        for maker in makers if len(makers) > 1 else ():
            args = {"kind": kind, "left_out": maker, "by": "collection"}
            yield Cell(table, f"{kind}: all of {maker}", "library", args)


# --- running them -----------------------------------------------------------------------------------------------------


def run_chunk(cell: Cell, chunk: int, reps: int, seed: int) -> float:
    """The sum over `reps` repetitions; the stream depends on the cell, the chunk and the seed alone."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{cell.table}/{cell.name}".encode()), chunk])
    if cell.kind in MANY:
        return MANY[cell.kind](rng, reps, **cell.args)
    return float(sum(SINGLE[cell.kind](rng, **cell.args) for _ in range(reps)))


def run_cell(cell: Cell, reps: int, seed: int) -> float:
    """The rate in per cent."""
    sizes = [min(CHUNK, reps - start) for start in range(0, reps, CHUNK)]
    return 100 * sum(run_chunk(cell, i, size, seed) for i, size in enumerate(sizes)) / reps


def cached_cell(job: tuple[Cell, int, int, str]) -> float:
    """`run_cell`, kept on disk as soon as it is known."""
    cell, reps, seed, digest = job
    key = hashlib.sha256(f"{cell} {reps} {seed} {digest}".encode()).hexdigest()[:24]
    path = CACHE / f"{key}.json"
    if path.exists():
        return float(json.loads(path.read_text())["rate"])
    rate = run_cell(cell, reps, seed)
    CACHE.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps({"cell": f"{cell.table}: {cell.name}", "reps": reps, "seed": seed, "rate": rate}))
    part.rename(path)
    return rate


def repetitions(cell: Cell, reps: int) -> int:
    """More of what is made many at once, fewer of whole reports."""
    return reps * MORE if cell.kind in MANY else reps // FEWER if cell.kind in WHOLE else reps


def run(chosen: Sequence[Cell], reps: int, seed: int, jobs: int) -> list[float]:
    """The rates of the cells, in their order; progress goes to stderr."""
    looks = SOURCES.parent.glob("comparison/*look*.py")
    code = b"".join(path.read_bytes() for path in sorted((*SOURCES.glob("*.py"), *looks)))
    digest = hashlib.sha256(code).hexdigest()
    rates: list[float] = []
    with ProcessPoolExecutor(jobs) as pool:
        wanted = [(cell, repetitions(cell, reps), seed, digest) for cell in chosen]
        for rate in pool.map(cached_cell, wanted):
            rates.append(rate)
            print(f"\r{len(rates)}/{len(chosen)} cells", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rates


def cpu_ms() -> list[tuple[str, float]]:
    """CPU milliseconds per call of `decide`, the median of 20 batches."""
    rng = np.random.default_rng(0)
    past = [g[0] for g in history(rng, "20 groups", 1)]
    situations = (
        ("3v3, 20 groups", seeds(rng, 3), seeds(rng, 3), past),
        ("5v5", seeds(rng, 5), seeds(rng, 5), []),
        ("3v10, 20 groups", seeds(rng, 3), seeds(rng, 10), past),
        ("1v1, 20 groups", seeds(rng, 1), seeds(rng, 1), past),
    )
    timed = []
    for name, new, old, groups_ in situations:
        batches = []
        for _ in range(20):
            start = time.process_time()
            for _ in range(25):
                stats.decide(new, old, history=groups_)
            batches.append((time.process_time() - start) / 25 * 1e3)
        timed.append((name, float(np.median(batches))))
    return timed


# --- tables -----------------------------------------------------------------------------------------------------------


def held(cell: Cell, rate: float) -> bool | None:
    if cell.limit is None:
        return None
    return rate >= cell.limit if cell.least else rate <= cell.limit


def bars(chosen: Sequence[Cell], rates: Sequence[float], timed: Sequence[tuple[str, float]]) -> Iterator[str]:
    """One line a bar and table: the figure nearest to the limit."""
    yield "| table | bar | cells | nearest to the bar | figure | holds |"
    yield "|---|---|---|---|---|---|"
    grouped: dict[tuple[str, float, bool], list[tuple[float, str]]] = {}
    for cell, rate in zip(chosen, rates, strict=True):
        if cell.limit is not None:
            grouped.setdefault((cell.table, cell.limit, cell.least), []).append((rate, cell.name))
    for (table, limit, least), found in grouped.items():
        rate, name = (min if least else max)(found)
        word = "at least" if least else "at most"
        holds = "yes" if (rate >= limit if least else rate <= limit) else "**no**"
        yield f"| {table} | {word} {limit:g} % | {len(found)} | {name} | {rate:.1f} | {holds} |"
    name, slowest = max(timed, key=lambda pair: pair[1])
    holds = "yes" if slowest <= 1 else "**no**"
    yield f"| CPU time of `decide` | at most 1 ms | {len(timed)} | {name} | {slowest:.2f} ms | {holds} |"


def tables(chosen: Sequence[Cell], rates: Sequence[float]) -> Iterator[str]:
    """Every cell."""
    for table in dict.fromkeys(cell.table for cell in chosen):
        yield from ("", f"### {table}", "", "| cell | % | bar | holds |", "|---|---|---|---|")
        for cell, rate in zip(chosen, rates, strict=True):
            if cell.table == table:
                word = "" if cell.limit is None else f"{'≥' if cell.least else '≤'} {cell.limit:g}"
                holds = {None: "", True: "yes", False: "**no**"}[held(cell, rate)]
                yield f"| {cell.name} | {rate:.1f} | {word} | {holds} |"


def report(reps: int, seed: int, jobs: int) -> tuple[str, bool]:
    """The text and whether every bar holds."""
    chosen = list(cells())
    rates = run(chosen, reps, seed, jobs)
    timed = cpu_ms()
    error = 100 * np.sqrt(0.05 * 0.95 / reps)
    lines = [
        f"`python tests/benchmarks/calibration.py --reps {reps} --seed {seed}`: {MORE * reps:,} repetitions a cell",
        f"({reps:,} in the tables whose comparisons are made one at a time, from looks to other intervals; "
        f"{reps // FEWER:,} of whole reports), so that a",
        f"figure near 5 % has a standard error of {error / MORE**0.5:.1f} ({error:.1f}). Figures are per cent.",
        "",
        *bars(chosen, rates, timed),
        *tables(chosen, rates),
    ]
    good = all(held(c, r) is not False for c, r in zip(chosen, rates, strict=True)) and max(t for _, t in timed) <= 1
    return "\n".join(lines) + "\n", good


def put(text: str, path: Path) -> None:
    """Into the file: between its calibration marks if it has them."""
    begin, end = "<!-- calibration -->", "<!-- /calibration -->"
    old = path.read_text() if path.exists() else ""
    if begin in old and end in old:
        text = f"{old[: old.index(begin)]}{begin}\n{text}{old[old.index(end) :]}"
    path.write_text(text)


# --- real seeds -------------------------------------------------------------------------------------------------------


def real_seeds(values: Floats, splits: int, seed: int) -> Iterator[str]:
    """Fake candidate and baseline from one config's real seeds: how often is a difference found?"""
    rng = np.random.default_rng(seed)
    cv = values.std(ddof=1) / values.mean()
    yield f"{len(values)} real seeds of one config (coefficient of variation {cv:.1%}), {splits:,} random splits each:"
    yield from ("", "| seeds a side | better or worse, % |", "|---|---|")
    for n in (2, 3, 5):
        count = 0
        for _ in range(splits):
            drawn = rng.permutation(values)[: 2 * n]
            count += differs(stats.decide(drawn[:n], drawn[n:], min_effect=0))
        yield f"| {n} | {100 * count / splits:.1f} |"


def read_column(path: Path, column: str) -> Floats:
    with path.open(newline="") as file:
        values = np.array([float(row[column]) for row in csv.DictReader(file)])
    return values[np.isfinite(values)]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=4000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", help="print the tables whose name has this in it, and no other")
    parser.add_argument("--seeds-csv", type=Path, help="real seeds of one config, one row a seed")
    parser.add_argument("--column", default="nrmse")
    parser.add_argument("--splits", type=int, default=2000)
    args = parser.parse_args(argv)
    if args.seeds_csv:
        print("\n".join(real_seeds(read_column(args.seeds_csv, args.column), args.splits, args.seed)))
        return 0
    if args.only:
        chosen = [cell for cell in cells() if args.only in cell.table]
        print("\n".join(tables(chosen, run(chosen, args.reps, args.seed, args.jobs))))
        return 0
    text, good = report(args.reps, args.seed, args.jobs)
    print(text)
    if args.out:
        put(text, args.out)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
