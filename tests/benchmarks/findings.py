"""How often do findings name a planted fault, and how often do they cry where there is none? Prints tables.

    python tests/benchmarks/findings.py [--splits 20] [--logs FOLDER...] [--out docs/findings.md] [--rates TSV]

1. Real trainings on data that packages ship (`findings_trainings.py`): 23 planted faults, each beside its baseline,
   with which the rules were written, and 15 more that were planted afterwards.
2. A third, a fourth and a fifth set of 21, 21 and 20 in other trainings (`findings_third.py` and so on).
3. Fine-tunings by Hugging Face's Trainer (`findings_gallery.py`), 6 conditions: needs transformers and accelerate.
4. Null splits: seeds of one healthy configuration put on two sides at random. Each finding there is a false alarm.
   Those of the third set log test results and throughput; those of `examples/runs` searches and gates.
5. A small network of our own (`tests/kit/tiny_training.py`): the same faults as the tests have, and null splits.
6. With --logs: public training logs, each checked by itself (`findings_logs.py`).

What was trained is kept in --cache. `findings_first_looks.tsv` holds what was named before anything was mended.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from itertools import islice, permutations
from pathlib import Path
from types import ModuleType

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "kit"), str(Path(__file__).parent)]

import findings_fifth as fifth  # noqa: E402
import findings_fourth as fourth  # noqa: E402
import findings_gallery as gallery  # noqa: E402
import findings_logs as public  # noqa: E402
import findings_third as third  # noqa: E402
import findings_trainings as real  # noqa: E402
import tiny_training as tiny  # noqa: E402

from runcompare.comparison.build import Request, build  # noqa: E402
from runcompare.comparison.rules import RULES  # noqa: E402
from runcompare.errors import RuncompareError  # noqa: E402
from runcompare.records.run import Group, Run  # noqa: E402
from runcompare.sources import list_runs, read_run  # noqa: E402

FAULTS = {rule.name: rule.code for rule in RULES if rule.fault}
NO_FAULTS = ("search_wasted", "throughput_lower")  # that can be wrong nonetheless
MEASURED = {rule.name: rule.code for rule in RULES if rule.fault or rule.name in NO_FAULTS}
GALLERY = {
    "healthy": (),
    "nan in fp16": ("nonfinite",),
    "lr too high": ("lr_too_high",),
    "lr zero": ("lr_zero",),
    "shuffled labels": ("nothing_carried_over", "at_chance"),
    "overfitting": ("overfitting",),
}
TINY_NULLS = ("overfitting", "lr never decayed", "lr too low", "lr too high", "shuffled labels", "stopped early")
SEEDS, SINGLE, SIZES = 10, ((1, 1), (1, 3)), ((2, 2), (3, 3), (5, 5))
FIRST_LOOKS = dict(
    line.split("\t")
    for line in Path(__file__).with_name("findings_first_looks.tsv").read_text(encoding="utf-8").splitlines()
)
START, END = "<!-- findings -->", "<!-- /findings -->"


class Tally:
    """How often each rule ran on null splits, and cried."""

    def __init__(self) -> None:
        self.ran, self.cried = Counter[str](), Counter[str]()


def named(candidate: Group, baseline: Group, tally: Tally | None = None, known: Set[str] = frozenset()) -> set[str]:
    """The faults that a comparison names, and on a null split all that can be wrong but for what is `known` of it."""
    comparison = build(candidate, baseline, Request())
    names = FAULTS if tally is None else MEASURED
    found = {f.rule for f in comparison.findings if f.rule in names} - known
    if tally is not None:
        lacking = {code for one in comparison.not_run for code in one.codes}
        tally.ran.update(name for name, code in MEASURED.items() if code not in lacking)
        tally.cried.update(found)
    return found


def listed(names: Counter[str] | set[str]) -> str:
    counts = names.items() if isinstance(names, Counter) else [(name, 0) for name in sorted(names)]
    told = (f"{MEASURED[name]} `{name}`{f' {count}' if count else ''}" for name, count in counts)
    return ", ".join(told) or "nothing"


def splits(runs: Sequence[Run], sizes: tuple[int, int], dice: np.random.Generator) -> Iterator[tuple[Group, Group]]:
    new, old = sizes
    while True:
        order = dice.permutation(len(runs))
        yield (
            Group("a", "a", tuple(runs[i] for i in order[:new])),
            Group("b", "b", tuple(runs[i] for i in order[new : new + old])),
        )


def real_faults(cache: Path, title: str, module: ModuleType, faults: Sequence[str]) -> Iterator[str]:
    seen = any(fault in FIRST_LOOKS for fault in faults)
    yield f"| {title}, 3 seeds beside 3 healthy ones |{' first look |' if seen else ''} found | right, nothing else |"
    yield f"|---|---|---|{'---|' if seen else ''}"
    right = first = 0
    for fault in faults:
        found, before = named(*module.faulty(fault, range(3), cache)), {*FIRST_LOOKS.get(fault, "").split(",")} - {""}
        good, was_good = (bool(names) and names <= {*module.names_of(fault)} for names in (found, before))
        right, first = right + good, first + was_good
        told = f" {'the same' if before == found else listed(before)} |" if seen else ""
        yield f"| {fault} |{told} {listed(found)} | {'yes' if good else 'no'} |"
    count = len(faults)
    yield f"| all |{f' {first} of {count} |' if seen else ''} | {right} of {count} |"


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


def null_rows(cache: Path, module: ModuleType, count: int, tally: Tally, single: Tally) -> Iterator[str]:
    sizes = (*SINGLE, *SIZES)
    yield f"| null splits of a healthy configuration | {' | '.join(f'{a} against {b}' for a, b in sizes)} | cried |"
    yield "|---|---|---|---|---|---|---|"
    dice, total, own_all = np.random.default_rng(11), dict.fromkeys(sizes, 0), Counter[str]()
    for name in module.HEALTHY:
        runs = module.null_runs(name, SEEDS, cache)
        own, cells = Counter[str](), []
        for size in sizes:
            counted = single if size in SINGLE else tally
            found = [named(*sides, counted) for sides in islice(splits(runs, size, dice), count)]
            own.update(rule for rules in found for rule in rules)
            cells.append(f"{sum(map(bool, found))} of {count}")
            total[size] += sum(map(bool, found))
        own_all.update(own)
        yield f"| {name} | {' | '.join(cells)} | {listed(own)} |"
    each = count * len(module.HEALTHY)
    shares = " | ".join(f"{cried} of {each}, {cried / each:.1%}" for cried in total.values())
    yield f"| all | {shares} | {listed(own_all)} |"


def example_rows(tally: Tally) -> Iterator[str]:
    """Every split of each group of `examples/runs`: 1 against 2 seeds of three, 2 against 2 and 2 against 3 of five.

    What a side shows by itself (a closed gate, a search that gains nothing) is an alarm only where all its group's runs
    do not show it.
    """
    groups: dict[str, list[Run]] = {}
    for info in list_runs([ROOT / "examples" / "runs"]).runs:
        run = read_run(info)
        groups.setdefault(str(run.info.group), []).append(run)
    yield "| all splits of a group of `examples/runs` | cried | named |"
    yield "|---|---|---|"
    for name, runs in groups.items():
        whole = Group(name, name, tuple(runs))
        known = {f.rule for f in build(whole, whole, Request()).findings} & {"gate_closed", "search_wasted"}
        sizes = ((1, 2),) if len(runs) == 3 else ((2, 2), (2, 3))
        found = []
        for first, second in sizes:
            for order in sorted(
                {(tuple(sorted(o[:first])), tuple(sorted(o[first:]))) for o in _orders(runs, first, second)}
            ):
                new, old = (Group(s, s, tuple(runs[i] for i in part)) for s, part in zip("ab", order, strict=True))
                found.append(named(new, old, tally, known))
        own = Counter(rule for rules in found for rule in rules)
        yield f"| {name} | {sum(map(bool, found))} of {len(found)} | {listed(own)} |"


def _orders(runs: Sequence[Run], first: int, second: int) -> Iterator[tuple[int, ...]]:
    yield from permutations(range(len(runs)), first + second)


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
        for size in SIZES:
            rules = [named(*sides, tally) for sides in islice(splits(runs, size, dice), count)]
            own.update(rule for found in rules for rule in found)
            cells.append(f"{sum(map(bool, rules))} of {count}")
        yield f"| {name or 'healthy'}{', on both sides' if name else ''} | {' | '.join(cells)} | {listed(own)} |"


def write_rates(path: Path, nulls: dict[str, Tally], logs: Sequence[public.Labelled]) -> None:
    """The table that `runcompare explain` reads: only of reports and logs on which a rule ran."""
    lines = ["code\twhere\tcried\tof"]
    for name, code in sorted(MEASURED.items(), key=lambda one: one[1]):
        told = ((where, tally.cried[name], tally.ran[name]) for where, tally in nulls.items())
        lines += [f"{code}\t{where}\t{cried}\t{ran}" for where, cried, ran in told if ran]
    if logs:
        lines += _rates_of_logs([log for log in logs if log.label == "healthy"])
    elif path.exists():  # what was measured of logs that are not at hand stays
        lines += [line for line in path.read_text(encoding="utf-8").splitlines() if "\tpublic " in line]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rates_of_logs(logs: Sequence[public.Labelled]) -> Iterator[str]:
    for rule in (rule for rule in RULES if rule.fault and rule.judges_alone):
        ran = [log for log in logs if rule.code not in {code for lack in log.checked.not_run for code in lack.codes}]
        if ran:
            cried = sum(rule.name in log.named for log in ran)
            yield f"{rule.code}\tpublic training logs labelled healthy, each checked alone\t{cried}\t{len(ran)}"


def tables(given: argparse.Namespace) -> Iterator[str]:
    seen, other, single, small, examples = (Tally() for _ in range(5))
    places = given.cache / "real", given.cache / "third"
    for place, title, module, faults in (
        (places[0], "planted in a real training", real, real.FAULTS),
        (places[0], "planted in another training, after the rules were written", real, real.FRESH),
        (places[1], "third set: other models, data and loggers", third, third.THIRD),
        (places[1], "fourth set: other faults in the same trainings", fourth, fourth.FOURTH),
        (places[1], "fifth set: three more trainings", fifth, fifth.FIFTH),
    ):
        yield from (*real_faults(place, title, module, list(faults)), "")
    try:
        yield from gallery_rows(given.cache / "gallery")
    except (ImportError, RuncompareError) as error:
        yield f"The gallery was not measured: {error}"
    yield from ("", *null_rows(places[0], real, given.splits, seen, single), "")
    yield from (*null_rows(places[1], third, given.splits, other, single), "")
    yield from (*example_rows(examples), "")
    yield from tiny_rows(given.splits, small)
    logs: list[public.Labelled] = []
    if given.logs:
        logs = public.check_logs(given.logs, public.read_labels())
        yield from ("", *public.rows(logs))
    if given.rates:
        nulls = {"null splits of real trainings": seen, "null splits of the third set's trainings": other}
        nulls |= {"null splits with one run on a side": single}
        nulls |= {"splits of the runs of examples/runs": examples, "null splits of a small network": small}
        write_rates(given.rates, nulls, logs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=20, help="null splits for each configuration and size")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "findings", help="where trainings are kept")
    parser.add_argument("--logs", type=Path, nargs="*", help="folders of public training logs")
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
