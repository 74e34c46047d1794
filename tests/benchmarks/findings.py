"""How often do findings name a planted fault, and how often do they cry where there is none? Prints tables.

    python tests/benchmarks/findings.py [--splits 20] [--logs FOLDER] [--out docs/findings.md] [--rates TSV]

1. Real trainings on data that packages ship (`findings_trainings.py`): 23 planted faults, each beside its baseline,
   with which the rules were written, and 15 more that were planted afterwards.
2. Fine-tunings by Hugging Face's Trainer (`findings_gallery.py`), 6 conditions: needs transformers and accelerate.
3. Null splits: seeds of one healthy configuration put on two sides at random. Each finding there is a false alarm.
4. A small network of our own (`tests/kit/tiny_training.py`): the same faults as the tests have, and null splits.
5. With --logs: public training logs, each checked by itself (`findings_logs.py`).

What was trained is kept in --cache.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "kit"), str(Path(__file__).parent)]

import findings_gallery as gallery  # noqa: E402
import findings_logs as public  # noqa: E402
import findings_trainings as real  # noqa: E402
import tiny_training as tiny  # noqa: E402

from runcompare.comparison.build import Request, build  # noqa: E402
from runcompare.comparison.check import Checked  # noqa: E402
from runcompare.comparison.rules import RULES  # noqa: E402
from runcompare.errors import RuncompareError  # noqa: E402
from runcompare.records.run import Group, Run  # noqa: E402
from runcompare.sources import list_runs, read_run  # noqa: E402

FAULTS = {rule.name: rule.code for rule in RULES if rule.fault}
GALLERY = {
    "healthy": (),
    "nan in fp16": ("nonfinite",),
    "lr too high": ("lr_too_high",),
    "lr zero": ("lr_zero",),
    "shuffled labels": ("nothing_carried_over", "at_chance"),
    "overfitting": ("overfitting",),
}
TINY_NULLS = ("overfitting", "lr never decayed", "lr too low", "lr too high", "shuffled labels", "stopped early")
SEEDS, SIZES = 10, (2, 3, 5)
START, END = "<!-- findings -->", "<!-- /findings -->"


class Tally:
    """How often each rule ran on null splits, and cried."""

    def __init__(self) -> None:
        self.ran, self.cried = Counter[str](), Counter[str]()


def named(candidate: Group, baseline: Group, tally: Tally | None = None) -> set[str]:
    comparison = build(candidate, baseline, Request())
    found = {f.rule for f in comparison.findings if f.rule in FAULTS}
    if tally is not None:
        lacking = {code for one in comparison.not_run for code in one.codes}
        tally.ran.update(name for name, code in FAULTS.items() if code not in lacking)
        tally.cried.update(found)
    return found


def listed(names: Counter[str] | set[str]) -> str:
    counts = names.items() if isinstance(names, Counter) else [(name, 0) for name in sorted(names)]
    told = (f"{FAULTS[name]} `{name}`{f' {count}' if count else ''}" for name, count in counts)
    return ", ".join(told) or "nothing"


def splits(runs: Sequence[Run], n: int, dice: np.random.Generator) -> Iterator[tuple[Group, Group]]:
    while True:
        order = dice.permutation(len(runs))
        yield (
            Group("a", "a", tuple(runs[i] for i in order[:n])),
            Group("b", "b", tuple(runs[i] for i in order[n : 2 * n])),
        )


def real_faults(cache: Path, title: str, faults: Sequence[str]) -> Iterator[str]:
    yield f"| {title}, 3 seeds beside 3 healthy ones | found | right, and nothing else |"
    yield "|---|---|---|"
    right = 0
    for fault in faults:
        found = named(*real.faulty(fault, range(3), cache))
        good = bool(found) and found <= {*real.names_of(fault)}
        right += good
        yield f"| {fault} | {listed(found)} | {'yes' if good else 'no'} |"
    yield f"| all | | {right} of {len(faults)} |"


def gallery_rows(folder: Path) -> Iterator[str]:
    yield "| fine-tuned by Trainer, one run beside 3 healthy ones | seed 0 | seed 1 | seed 2 |"
    yield "|---|---|---|---|"
    healthy = [_read(place) for place in gallery.make(folder, range(3, 6), ["healthy"])]
    right = cried = 0
    for condition, causes in GALLERY.items():
        cells = []
        for place in gallery.make(folder, range(3), [condition]):
            run = _read(place)
            found = named(Group(run.name, run.id, (run,)), Group("healthy", "healthy", tuple(healthy)))
            right += bool(causes) and bool(found) and found <= {*causes}
            cried += not causes and bool(found)
            cells.append(listed(found))
        yield f"| {condition} | {' | '.join(cells)} |"
    yield f"| all | {right} of 15 named rightly and nothing else | {cried} of 3 healthy ones cried | |"


def _read(place: Path) -> Run:
    (info,) = list_runs([place]).runs
    return read_run(info)


def null_rows(cache: Path, count: int, tally: Tally) -> Iterator[str]:
    yield "| null splits of a healthy configuration | 2 against 2 | 3 against 3 | 5 against 5 | cried |"
    yield "|---|---|---|---|---|"
    dice, total, all_ = np.random.default_rng(11), 0, 0
    for name in real.HEALTHY:
        runs = real.null_runs(name, SEEDS, cache)
        own, cells = Counter[str](), []
        for n in SIZES:
            found = [named(*sides, tally) for sides in islice(splits(runs, n, dice), count)]
            own.update(rule for rules in found for rule in rules)
            cells.append(f"{sum(map(bool, found))} of {count}")
            total, all_ = total + sum(map(bool, found)), all_ + count
        yield f"| {name} | {' | '.join(cells)} | {listed(own)} |"
    yield f"| all | {total} of {all_} reports, {total / all_:.1%} | | | {listed(tally.cried)} |"


def tiny_rows(count: int, tally: Tally) -> Iterator[str]:
    yield "| a small network: planted fault | found, in how many of 5 draws of 3 against 3 seeds |"
    yield "|---|---|"
    for fault, settings in tiny.FAULTS.items():
        found: Counter[str] = Counter()
        for i in range(5):
            n = 5 if fault == "seeds spread" else 3
            same = "only_seed" in settings.faults or fault == "seeds spread"
            seeds = range(n) if same else range(n * i, n * i + n)
            others = range(100 + n * i, 100 + n * i + n)
            found.update(named(tiny.replicates(settings, seeds, "cand"), tiny.replicates(seeds=others)))
        yield f"| {fault} | {listed(found)} |"
    yield ""
    yield "| a small network: null splits of | 2 against 2 | 3 against 3 | 5 against 5 | cried |"
    yield "|---|---|---|---|---|"
    dice = np.random.default_rng(11)
    for name in (None, *TINY_NULLS):
        runs = tiny.replicates(tiny.FAULTS[name] if name else tiny.HEALTHY, range(20), "null").runs
        own, cells = Counter[str](), []
        for n in SIZES:
            rules = [named(*sides, tally) for sides in islice(splits(runs, n, dice), count)]
            own.update(rule for found in rules for rule in found)
            cells.append(f"{sum(map(bool, rules))} of {count}")
        yield f"| {name or 'healthy'}{', on both sides' if name else ''} | {' | '.join(cells)} | {listed(own)} |"


def write_rates(path: Path, nulls: dict[str, Tally], logs: public.Logs | None, spared: list[str]) -> None:
    """The table that `runcompare explain` reads: only of reports and logs on which a rule ran."""
    lines = ["code\twhere\tcried\tof"]
    for name, code in sorted(FAULTS.items(), key=lambda one: one[1]):
        told = ((where, tally.cried[name], tally.ran[name]) for where, tally in nulls.items())
        lines += [f"{code}\t{where}\t{cried}\t{ran}" for where, cried, ran in told if ran]
    if logs is not None:
        lines += _rates_of_logs([one for place, one in logs.checked.items() if not any(w in place for w in spared)])
    elif path.exists():  # what was measured of logs that are not at hand stays
        lines += [line for line in path.read_text(encoding="utf-8").splitlines() if "\tpublic " in line]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rates_of_logs(checked: Sequence[Checked]) -> Iterator[str]:
    for rule in (rule for rule in RULES if rule.fault and rule.judges_alone):
        ran = [one for one in checked if rule.code not in {code for lack in one.not_run for code in lack.codes}]
        cried = sum(any(f.rule == rule.name for f in one.findings) for one in ran)
        if ran:
            yield f"{rule.code}\tpublic training logs, each checked alone\t{cried}\t{len(ran)}"


def tables(given: argparse.Namespace) -> Iterator[str]:
    seen, small = Tally(), Tally()
    yield from real_faults(given.cache / "real", "planted in a real training", list(real.FAULTS))
    yield ""
    title = "planted in another training, after the rules were written"
    yield from real_faults(given.cache / "real", title, list(real.FRESH))
    yield ""
    try:
        yield from gallery_rows(given.cache / "gallery")
    except (ImportError, RuncompareError) as error:
        yield f"The gallery was not measured: {error}"
    yield ""
    yield from null_rows(given.cache / "real", given.splits, seen)
    yield ""
    yield from tiny_rows(given.splits, small)
    logs, spared = None, []
    if given.logs:
        logs = public.check_logs(given.logs)
        spared = [line.split("\t")[0] for line in given.spared.read_text().splitlines()] if given.spared else []
        yield from ("", *public.rows(logs, spared))
    if given.rates:
        nulls = {"null splits of real trainings": seen, "null splits of a small network": small}
        write_rates(given.rates, nulls, logs, spared)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=20, help="null splits for each configuration and size")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "findings", help="where trainings are kept")
    parser.add_argument("--logs", type=Path, nargs="*", help="folders of public training logs")
    parser.add_argument("--spared", type=Path, help="logs whose fault was seen by eye, see findings_logs.py")
    parser.add_argument("--rates", type=Path, help="write the false alarms that `runcompare explain` tells")
    parser.add_argument("--out", type=Path, help="also write the tables into this page, between its marks")
    given = parser.parse_args()
    lines = []
    for line in tables(given):
        print(line, flush=True)
        lines.append(line)
    if given.out:
        page = given.out.read_text(encoding="utf-8")
        before, rest = page.split(START)
        after = rest.split(END)[1]
        given.out.write_text(f"{before}{START}\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
