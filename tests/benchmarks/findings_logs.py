"""How often do checks cry on training logs that lie in a folder? One run a log, each checked by itself.

    python tests/benchmarks/findings_logs.py FOLDER... [--show] [--spared FILE]

Reads whatever the sources read (Trainer's states, Lightning's and Keras's CSV, TensorBoard's events ...). Of several
checkpoints of one training the longest log counts. Runs of fewer than 8 logged losses are left out: nothing is
checked there. FILE lists logs whose fault was seen by eye, one a line with a reason after a tab: what checks find there
is no false alarm.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from runcompare.comparison.check import Checked, check_group
from runcompare.comparison.request import Request
from runcompare.comparison.rules import RULES
from runcompare.comparison.stages.keys import read_key
from runcompare.errors import RuncompareError
from runcompare.records.run import Group, Run
from runcompare.sources import list_runs, read_run

__all__ = ["Logs", "check_logs", "rows"]

FEWEST = 8  # values of a loss


class Logs(NamedTuple):
    """What was checked: by log, and how many were left out as too short or unreadable."""

    checked: dict[str, Checked]
    left_out: int


def check_logs(folders: Sequence[Path]) -> Logs:
    """Each training below the folders, checked by itself."""
    found: dict[str, Run] = {}
    left_out = 0
    for info in list_runs(folders).runs:
        try:
            run = read_run(info)
        except RuncompareError:
            left_out += 1
            continue
        if losses(run) < FEWEST:
            left_out += 1
            continue
        training = re.sub(r"/checkpoint-\d+", "", str(Path(info.location)))
        if training not in found or losses(found[training]) < losses(run):
            found[training] = run
    return Logs({place: checked(run) for place, run in found.items()}, left_out)


def losses(run: Run) -> int:
    """How many values of its longest training loss a run logged."""
    keys = [key for key in run.history.numeric_keys if (read := read_key(key)) and read.quantity == "loss"]
    return max((len(run.history.series(key)) for key in keys), default=0)


def checked(run: Run) -> Checked:
    return check_group(Group(run.name, run.id, (run,)), (), Request())


def rows(logs: Logs, spared: Sequence[str] = ()) -> Iterator[str]:
    """A table: how many logs each rule was named on, of those that are not spared."""
    faults = {rule.name for rule in RULES if rule.fault}
    held = {place: one for place, one in logs.checked.items() if not any(word in place for word in spared)}
    cried = Counter(name for one in held.values() for name in {f.rule for f in one.findings} & faults)
    any_ = sum(bool({f.rule for f in one.findings} & faults) for one in held.values())
    yield "| check | logs on which it cried |"
    yield "|---|---|"
    for rule in sorted((rule for rule in RULES if rule.judges_alone and rule.fault), key=lambda rule: rule.code):
        yield f"| {rule.code} `{rule.name}` | {cried[rule.name]} of {len(held)} |"
    yield f"| any | {any_} of {len(held)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--show", action="store_true", help="also name each log on which something was found")
    parser.add_argument("--spared", type=Path, help="logs whose fault was seen by eye")
    given = parser.parse_args()
    logs = check_logs(given.folders)
    spared = [line.split("\t")[0] for line in given.spared.read_text().splitlines()] if given.spared else []
    for line in rows(logs, spared):
        print(line)
    print(f"\n{len(logs.checked)} trainings, {logs.left_out} logs left out.", file=sys.stderr)
    for place, one in logs.checked.items() if given.show else ():
        for finding in one.findings:
            if finding.strength != "note":
                print(f"{finding.code} {finding.rule}\t{place}\t{dict(finding.facts)}", file=sys.stderr)


if __name__ == "__main__":
    main()
