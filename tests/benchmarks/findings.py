"""How often do findings name a planted fault, and how often do they cry where there is none? Prints two tables.

    python tests/benchmarks/findings.py [--splits 40] [--out docs/findings.md]

Real trainings of a small network (`tests/kit/tiny_training.py`), with a fault or without one. A null split takes
runs of one configuration and puts them on two sides at random: every fault named there is a false alarm.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "kit"))

from tiny_training import FAULTS, HEALTHY, Settings, replicates  # noqa: E402

from runcompare.comparison.build import Request, build  # noqa: E402
from runcompare.comparison.rules import fitting, learning, stability, training  # noqa: E402
from runcompare.records.run import Group, Run  # noqa: E402

CODES = {rule.name for family in (learning, stability, fitting, training) for rule in family.RULES} | {"nonfinite"}
NULLS: dict[str, Settings] = {"healthy": HEALTHY} | {
    f"both sides: {name}": FAULTS[name]
    for name in ("overfitting", "lr never decayed", "lr too low", "lr too high", "shuffled labels", "stopped early")
}
SEEDS = 20  # of each configuration
START, END = "<!-- findings -->", "<!-- /findings -->"


def named(candidate: Group, baseline: Group) -> Counter[str]:
    return Counter({f.rule for f in build(candidate, baseline, Request()).findings if f.rule in CODES})


def splits(runs: Sequence[Run], n: int, dice: np.random.Generator) -> Iterator[tuple[Group, Group]]:
    while True:
        order = dice.permutation(len(runs))
        yield (
            Group("a", "a", tuple(runs[i] for i in order[:n])),
            Group("b", "b", tuple(runs[i] for i in order[n : 2 * n])),
        )


def fault_rows(draws: int = 5) -> Iterator[str]:
    yield "| planted fault | named as, in how many of 5 draws of 3 against 3 seeds |"
    yield "|---|---|"
    for fault, settings in FAULTS.items():
        found: Counter[str] = Counter()
        for i in range(draws):
            n = 5 if fault == "seeds spread" else 3
            seeds = range(n) if "only_seed" in settings.faults or fault == "seeds spread" else range(n * i, n * i + n)
            found += named(replicates(settings, seeds, "cand"), replicates(seeds=range(100 + n * i, 100 + n * i + n)))
        yield f"| {fault} | {', '.join(f'`{code}` {count}' for code, count in found.most_common()) or 'nothing'} |"


def null_rows(count: int) -> Iterator[str]:
    yield "| null splits | 2 against 2 | 3 against 3 | 5 against 5 | rules that cried |"
    yield "|---|---|---|---|---|"
    dice = np.random.default_rng(11)
    for name, settings in NULLS.items():
        runs, cried, cells = replicates(settings, range(SEEDS), "null").runs, Counter[str](), []
        for n in (2, 3, 5):
            found = [named(*sides) for sides in islice(splits(runs, n, dice), count)]
            cried.update(code for codes in found for code in codes)
            cells.append(f"{sum(map(bool, found))} of {count}")
        told = ", ".join(f"`{code}` {hits}" for code, hits in cried.most_common()) or "none"
        yield f"| {name} | {' | '.join(cells)} | {told} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=40, help="null splits for each configuration and size")
    parser.add_argument("--out", type=Path, help="also write the tables into this page, between its marks")
    given = parser.parse_args()
    lines = []
    for line in (*fault_rows(), "", *null_rows(given.splits)):
        print(line, flush=True)
        lines.append(line)
    if given.out:
        page = given.out.read_text(encoding="utf-8")
        before, rest = page.split(START)
        after = rest.split(END)[1]
        given.out.write_text(f"{before}{START}\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
