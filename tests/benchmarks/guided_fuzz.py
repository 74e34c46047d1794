"""Files that atheris makes by watching which code they reach, through report and pull: `make fuzz-guided READER=csv`.

    python tests/benchmarks/guided_fuzz.py READER [--seconds 600] [--corpus FOLDER]

It begins with the files of the reader's own tests and stops at the first fault of ours, with the file that made it.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "kit"))

import atheris  # noqa: E402

with atheris.instrument_imports(include=["runcompare.sources", "runcompare.records", "runcompare.references"]):
    import through_all

from changed_files import SEEDS, mutant  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", choices=sorted(SEEDS))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, help="keep what was found here, and go on from it")
    args = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="guided-"))
    folder = scratch / "run"
    corpus = (args.corpus or scratch / "corpus").absolute()
    corpus.mkdir(parents=True, exist_ok=True)
    (scratch / "elsewhere").mkdir()
    os.chdir(scratch / "elsewhere")  # what lies in the current folder is searched for a project's history
    SEEDS[args.reader](folder)
    bodies = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    paths = list(bodies)
    for number, path in enumerate(paths):
        # the first byte says which of the files is replaced
        (corpus / f"seed-{number}").write_bytes(bytes([number]) + bodies[path])
        for changed in range(20):
            (corpus / f"seed-{number}-{changed}").write_bytes(bytes([number]) + mutant(bodies[path], changed))

    def one(data: bytes) -> None:
        if not data:
            return
        path = paths[data[0] % len(paths)]
        path.write_bytes(data[1:])
        try:
            through_all.through_all(folder, scratch / "store")
        finally:
            path.write_bytes(bodies[path])
            shutil.rmtree(scratch / "store", ignore_errors=True)

    flags = [f"-max_total_time={args.seconds}", "-rss_limit_mb=4096", "-timeout=60", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], str(corpus), *flags], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
