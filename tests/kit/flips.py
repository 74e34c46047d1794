"""One bit of a store's files turned, each in its turn: is it found, told and mended?"""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from runcompare import Recorder, api
from runcompare.errors import DataError, RuncompareError
from runcompare.pull.pull import pull, select
from runcompare.store.store import Store


class Flip(NamedTuple):
    """A bit of a file and what became of it; a report is `told` if it names the damage, is refused, or is as before."""

    file: str
    byte: int
    bit: int
    found: bool
    told: bool
    mended: bool


def make_runs(folder: Path, sides: int = 2, seeds: int = 3) -> Path:
    """Two groups of replicates in a folder."""
    for side in range(sides):
        for seed in range(seeds):
            settings = {"lr": 0.1 / (side + 1), "seed": seed}
            with Recorder(
                folder / f"s{side}r{seed}", id=f"run{side}{seed:05d}", group=f"g{side}", config=settings
            ) as log:
                for step in range(5):
                    log.log({"val/loss": (1 + side + seed / 50) / (step + 1)})
                log.summary({"val/loss": (1 + side + seed / 50) / 5})
    return folder


def flips(folder: Path, count: int, seed: int = 0) -> Iterator[Flip]:
    """`count` flips, over every file of a store in turn, with the runs' own folder out of the way but for the pull."""
    runs, store, away = make_runs(folder / "runs"), folder / "store", folder / "away"
    pull(select((), [runs]), store)
    files = sorted(p for p in store.rglob("*") if p.is_file())
    bits = random.Random(seed)
    before = _report(store)
    for number in range(count):
        file = files[number % len(files)]
        body = bytearray(file.read_bytes())
        at, bit = bits.randrange(len(body)), bits.randrange(8)
        body[at] ^= 1 << bit
        shutil.copytree(store, away)
        file.write_bytes(body)
        after = _report(store)
        told = after == before or "damaged" in after or "has format" in after
        yield Flip(str(file.relative_to(store)), at, bit, _is_found(store), told, _is_mended(runs, store))
        shutil.rmtree(store)
        away.rename(store)


def _report(store: Path) -> str:
    """The two groups compared from the store alone, or why they can't be."""
    os.environ["RUNCOMPARE_STORE"] = str(store)
    empty = store.parent / "empty"
    empty.mkdir(exist_ok=True)
    try:
        text = api.report("g0", "g1", runs=str(empty), format="json", metric="val/loss", direction="min")
    except RuncompareError as error:
        return str(error)
    finally:
        del os.environ["RUNCOMPARE_STORE"]
    return "\n".join(line for line in text.splitlines() if '"created' not in line)


def _is_found(store: Path) -> bool:
    try:
        return bool(Store(store).verify())
    except DataError:
        return True


def _is_mended(runs: Path, store: Path) -> bool:
    try:
        pull(select((), [runs]), store)
        return Store(store).verify() == []
    except DataError as error:
        return "has format" in error.message  # said with what to do: a number is no checksum
