"""Whatever stands in a file: it is read, compared, reported and pulled, or told. `make fuzz` takes 10,000 a reader.

A fault of ours that the boundary of a run turned into a told problem is a fault here.
"""

import os
import random
from pathlib import Path

import pytest
from changed_files import SEEDS, mutant
from through_all import through_all

MUTANTS = int(os.environ.get("RUNCOMPARE_MUTANTS", "5"))
PARTS = int(os.environ.get("RUNCOMPARE_MUTANT_PARTS", "1"))  # so that many cores share the mutants of one reader
FOUND = {"parquet": (1676, 4720, 7665), "yaml": (1397, 9918)}  # among the 10,000, once


@pytest.mark.parametrize("reader", SEEDS)
@pytest.mark.parametrize("part", range(PARTS))
def test_mutants_are_read_or_told(reader: str, part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # what lies in the current folder is searched for a project's history
    seed = tmp_path / "seed"
    SEEDS[reader](seed)
    bodies = {path: path.read_bytes() for path in sorted(seed.rglob("*")) if path.is_file()}
    assert through_all(seed, tmp_path / "store"), "what the mutants are made of can't be read itself"
    faults: dict[int, str] = {}
    read = 0
    numbers = [*range(part, MUTANTS, PARTS), *(FOUND.get(reader, ()) if not part else ())]
    for number in numbers:
        changed = random.Random(-number - 1).choice(list(bodies))
        changed.write_bytes(mutant(bodies[changed], number))
        try:
            # a store knows by its index what it has, which a pull writes at its end: a few runs each, as a pull has
            read += through_all(seed, tmp_path / f"store-{number // 25}")
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            faults[number] = f"{type(error).__name__}: {str(error)[:200]}"
        changed.write_bytes(bodies[changed])
    print(f"{reader}: {len(numbers)} mutants, {read} read, {len(faults)} faults")
    assert not faults
