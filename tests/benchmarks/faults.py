"""The figures of docs/reliability.md: the tests of faults at their full size, and what they counted. `make faults`.

    python tests/benchmarks/faults.py [--jobs 2] [--only WORD]

The same tests run in `make test` with smaller numbers; the environment variables below set them.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
FULL = {
    "RUNCOMPARE_FAULTS": "1",
    "RUNCOMPARE_FLIPS": "1000",
    "RUNCOMPARE_POWER_CUTS": "2000",
    "RUNCOMPARE_WRITERS": "16",
    "RUNCOMPARE_COMMITS": "3200",
    "RUNCOMPARE_RECORDER_KILLS": "500",
    "RUNCOMPARE_LONG_ROWS": "5000000",
    "RUNCOMPARE_CORPUS": "2",
}
TESTS = (
    "tests/records/test_faulty_disk.py",
    "tests/records/test_power_loss.py",
    "tests/records/test_kills.py",
    "tests/store/test_damage.py",
    "tests/store/test_load.py",
    "tests/sources/wandb/cloud/test_faults.py",
    "tests/sources/test_long_histories.py",
    "tests/sources/test_corpus.py",
    "tests/records/test_redact.py",
)
_TRIED = re.compile(r"faults (\w+) .*: (\d+) tried, (\d+) wrong")
_CLOUD = re.compile(r"wandb .* at .*: (\w+) after ([\d.]+) s")
_PLAIN = ("power cuts", "recorder kills", "flips", "commits", "long histories", "corpus", "secrets")


def run(test: str) -> list[str]:
    """What a file of tests printed, and how it ended."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-s", test]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **FULL}, capture_output=True, text=True, check=False)
    lines = [line.lstrip(".") for line in done.stdout.splitlines()]
    return [*lines, f"{test}: {'passed' if done.returncode == 0 else 'FAILED'}"]


def summary(lines: list[str]) -> list[str]:
    """One line a figure."""
    tried: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    longest = 0.0
    kept = []
    for line in lines:
        if match := _TRIED.search(line):
            tried[match[1]] += int(match[2])
            wrong[match[1]] += int(match[3])
        elif match := _CLOUD.search(line):
            outcomes[match[1]] += 1
            longest = max(longest, float(match[2]))
        elif line.startswith((*_PLAIN, "tests/")):
            kept.append(line)
    kept += [f"failing disk, {work}: {tried[work]} calls failed in turn, {wrong[work]} wrong" for work in tried]
    if outcomes:
        told = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
        kept.append(f"W&B's cloud: {outcomes.total()} faults: {told}; the longest took {longest:.1f} s")
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", metavar="WORD", help="only the files whose name has this word")
    args = parser.parse_args()
    with ThreadPoolExecutor(args.jobs) as pool:
        found = [line for lines in pool.map(run, [test for test in TESTS if args.only in test]) for line in lines]
    print("\n".join(summary(found)))
    return int(any(line.endswith(": FAILED") for line in found))


if __name__ == "__main__":
    sys.exit(main())
