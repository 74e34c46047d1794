"""How often do checks cry on public training logs that were labelled healthy before? One run a log, each by itself.

    python tests/benchmarks/findings_logs.py FOLDER... [--show]

`public_logs_labels.tsv` beside this file names each log, `OWNER+REPOSITORY/PATH`, with its label and the criteria of
the labels; FOLDER holds the files under these names, or several such folders do. Reads whatever the sources read
(Trainer's states, Lightning's and Keras's CSV, TensorBoard's events ...).
"""

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from runcompare.comparison.check import Checked, check_group
from runcompare.comparison.request import Request
from runcompare.comparison.rules import RULES
from runcompare.errors import RuncompareError
from runcompare.records.run import Group
from runcompare.sources import list_runs, read_run

__all__ = ["Labelled", "check_logs", "read_labels", "rows"]

LABELS = Path(__file__).with_name("public_logs_labels.tsv")
SETS = ("used", "new", "last")
FAULTS = ("overfits", "never", "diverged", "nothing")
RIGHT = {
    "overfits": {"overfitting", "nothing_carried_over"},
    "never": {"overfitting", "nothing_carried_over"},
    "diverged": {"diverged", "nonfinite", "lr_too_high"},
    "nothing": {"did_not_learn", "at_chance", "lr_zero"},
}
NAMES = {rule.name for rule in RULES if rule.fault}


class Labelled(NamedTuple):
    """A log with its label, and what checks found of it."""

    place: str
    set: str
    label: str
    checked: Checked

    @property
    def named(self) -> set[str]:
        return {finding.rule for finding in self.checked.findings} & NAMES


def read_labels(path: Path = LABELS) -> Mapping[str, tuple[str, str]]:
    """By log, which set it belongs to and its label."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["log"]: (row["set"], row["label"]) for row in csv.DictReader(lines, delimiter="\t")}


def check_logs(folders: Sequence[Path], labels: Mapping[str, tuple[str, str]]) -> list[Labelled]:
    """Each labelled log that lies below the folders, checked by itself."""
    found = []
    for place, (set_, label) in labels.items():
        path = next((folder / place for folder in folders if (folder / place).exists()), None)
        if path is None or label == "copy":
            continue
        try:
            for info in list_runs([path]).runs[:1]:
                run = read_run(info)
                checked = check_group(Group(run.name, run.id, (run,)), (), Request())
                found.append(Labelled(place, set_, label, checked))
        except RuncompareError as error:
            print(f"{place}: {error}", file=sys.stderr)
    return found


def rows(logs: Sequence[Labelled]) -> Iterator[str]:
    """Tables: on how many healthy logs each check cried, and what it named on those at fault."""
    healthy = {set_: [log for log in logs if log.set == set_ and log.label == "healthy"] for set_ in SETS}
    yield "| check, on public logs that are labelled healthy | known before | new | last | all |"
    yield "|---|---|---|---|---|"
    for rule in sorted((rule for rule in RULES if rule.judges_alone and rule.fault), key=lambda rule: rule.code):
        yield f"| {rule.code} `{rule.name}` | {_cells(healthy, {rule.name})} |"
    yield f"| any | {_cells(healthy, NAMES)} |"
    yield ""
    yield "| public logs that are labelled | logs | named so | named otherwise |"
    yield "|---|---|---|---|"
    for label in FAULTS:
        ill = [log for log in logs if log.label == label]
        right = sum(bool(log.named & RIGHT[label]) for log in ill)
        wrong = Counter(name for log in ill for name in log.named - RIGHT[label])
        told = ", ".join(f"`{name}` {count}" for name, count in wrong.items()) or "none"
        yield f"| {label} | {len(ill)} | {right} | {told} |"


def _cells(healthy: Mapping[str, Sequence[Labelled]], names: set[str]) -> str:
    counts = [(sum(bool(log.named & names) for log in logs), len(logs)) for logs in healthy.values()]
    cried, of = (sum(column) for column in zip(*counts, strict=True))
    return " | ".join([*(f"{cried} of {of}" for cried, of in counts), f"{cried} of {of}, {cried / max(of, 1):.1%}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--show", action="store_true", help="also name each log on which something was found")
    given = parser.parse_args()
    logs = check_logs(given.folders, read_labels())
    print("\n".join(rows(logs)))
    for log in logs if given.show else ():
        told = [re.sub(r"\s+", " ", f"{f.code} {dict(f.facts)}") for f in log.checked.findings if f.rule in NAMES]
        if told or log.label in FAULTS:
            print(f"{log.label}\t{log.place}\t{'; '.join(told) or 'nothing'}", file=sys.stderr)


if __name__ == "__main__":
    main()
