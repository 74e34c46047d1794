"""Take each guard out in turn and see that a test falls: `make mutations`, or this file and a WORD for some.

A mutant is a file of the package, a piece of its text, what takes its place, and the test that must turn red. The
package is changed in a copy. The tests must pass there as it is; a mutant that they don't notice is a guard untested.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
BESIDE = ("tests", "docs", "examples", "templates", "pyproject.toml", "README.md", "CHANGELOG.md")

PASSED = "all tests passed"
LONGEST_S = 300


class Verdict(NamedTuple):
    mutant: Mutant | None
    is_noticed: bool
    said: str


def try_mutant(mutant: Mutant | None, tests: str) -> Verdict:
    """Run the tests on a copy of the package with one guard gone, or with none."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as scratch:
        here = Path(scratch)
        shutil.copytree(ROOT / "runcompare", here / "runcompare", ignore=shutil.ignore_patterns("__pycache__"))
        for name in BESIDE:
            (here / name).symlink_to(ROOT / name)
        if mutant is not None:
            path = here / "runcompare" / mutant.file
            text = path.read_text(encoding="utf-8")
            if text.count(mutant.text) != 1:
                return Verdict(mutant, False, f"its text stands {text.count(mutant.text)} times in {mutant.file}")
            path.write_text(text.replace(mutant.text, mutant.instead), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests.split()]
        paths = os.pathsep.join(filter(None, (str(here), os.environ.get("PYTHONPATH"))))
        env = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(command, cwd=here, env=env, capture_output=True, text=True, timeout=LONGEST_S)
        except subprocess.TimeoutExpired:  # without its guard it goes on for ever, or nearly
            return Verdict(mutant, mutant is not None, f"the tests did not end in {LONGEST_S} s")
        if done.returncode == 0:
            return Verdict(mutant, False, PASSED)
        lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
        said = (lines or (done.stdout + done.stderr).splitlines() or [f"exit code {done.returncode}"])[-1]
        # only a test that failed notices: tests that could not be collected say nothing
        return Verdict(mutant, done.returncode == 1 and bool(lines), said[:160])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="?", default="", help="only the mutants whose file or text has this word")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    chosen = [m for m in MUTANTS if args.word in f"{m.file} {m.text} {m.tests}"]
    with ThreadPoolExecutor(args.jobs) as pool:
        whole = list(pool.map(lambda tests: (tests, try_mutant(None, tests)), dict.fromkeys(m.tests for m in chosen)))
        broken = [(tests, one.said) for tests, one in whole if one.said != PASSED]
        for tests, said in broken:
            print(f"BROKEN without a mutant: {tests}: {said}")
        found = []
        for one in pool.map(lambda mutant: try_mutant(mutant, mutant.tests), chosen):
            assert one.mutant is not None
            found.append(one)
            what = " ".join(one.mutant.text.split())[:70]
            state = "noticed" if one.is_noticed else "SURVIVED"
            print(f"{state}  {one.mutant.file}: {what}  [{one.said}]", flush=True)
    noticed = sum(one.is_noticed for one in found)
    print(f"{noticed} of {len(found)} mutants noticed")
    return 0 if noticed == len(found) and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
