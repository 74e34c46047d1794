"""Is the forecast right? `python tests/benchmarks/forecast_check.py --jobs 2` prints the table of docs/cost.md.

Forecasts v3 and three configurations that no run had, from the shipped runs of baseline32 and hjnqclgk. v3's shipped
runs and fresh trainings of the three are the truth. About 15 minutes on 2 cores; `--keep FOLDER` keeps the trainings
and takes those that are there.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from runcompare.cost import Forecast, PriceBook, forecast, ledger
from runcompare.engine.config import load_config, parse_override, to_dict
from runcompare.records.run import Run
from runcompare.sources import resolve

EXAMPLES = Path(__file__).parents[2] / "examples"
SHIPPED = (EXAMPLES / "runs",)


@dataclass(frozen=True)
class Variant:
    """A configuration that no shipped run has: an example with some settings changed."""

    name: str
    example: str
    settings: Sequence[str]

    @property
    def config(self) -> Mapping[str, object]:
        return to_dict(load_config(EXAMPLES / f"{self.example}.yaml", dict(map(parse_override, self.settings))))


VARIANTS = (
    Variant(
        "baseline32, 30 operator epochs, rollout 2, search 4 x 2",
        "baseline32",
        (
            "training.rollout_horizon=2",
            "training.lambda_rollout=0.1",
            "stages.operator.epochs=30",
            "stages.diff_residual.epochs=12",
            "stages.consistency_distill.epochs=4",
            "ttc.candidates=4",
            "ttc.beam_width=2",
        ),
    ),
    Variant(
        "baseline32, 32 tokens, 20 operator epochs, search 12 x 4",
        "baseline32",
        ("latent.tokens=32", "stages.operator.epochs=20", "ttc.candidates=12", "ttc.beam_width=4"),
    ),
    Variant(
        "hjnqclgk, rollout off, 16 operator epochs, search 8 x 3",
        "hjnqclgk",
        (
            "training.rollout_horizon=1",
            "training.lambda_rollout=0.0",
            "stages.operator.epochs=16",
            "stages.diff_residual.epochs=10",
            "ttc.candidates=8",
            "ttc.beam_width=3",
        ),
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="trainings side by side, one thread each (default 2)")
    parser.add_argument("--keep", type=Path, help="keep the trainings in this folder")
    options = parser.parse_args()
    known = [run for name in ("baseline32", "hjnqclgk") for run in resolve(f"group:{name}", roots=SHIPPED).runs]
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(options.jobs) as pool:
        trained = list(pool.map(lambda v: _train(v, options.keep or Path(temporary)), VARIANTS))
    book = PriceBook.load()
    v3 = resolve("group:v3", roots=SHIPPED).runs
    print("| configuration | forecast (95 % interval) | measured | forecast over measured | per stage |")
    print("|---|---|---|---|---|")
    print(_row("v3", forecast(to_dict(load_config(EXAMPLES / "v3.yaml")), known, book), v3))
    for variant, run in zip(VARIANTS, trained, strict=True):
        print(_row(variant.name, forecast(variant.config, known, book), [run]))


def _train(variant: Variant, folder: Path) -> Run:
    out = folder / variant.name.replace(" ", "-").replace(",", "")
    if not (out / "record.jsonl").exists():
        settings = [word for setting in variant.settings for word in ("--set", setting)]
        words = [str(EXAMPLES / f"{variant.example}.yaml"), *settings, "--out", str(out), "--name", "variant"]
        subprocess.run(
            [sys.executable, "-m", "runcompare", "train", *words, "--no-wandb", "--no-checkpoints"],
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    (run,) = resolve(str(out), roots=(folder,)).runs
    return run


def _row(name: str, cast: Forecast, runs: Sequence[Run]) -> str:
    book = PriceBook.load()
    ledgers = [ledger(run, book) for run in runs]
    measured = sum(x.total.wall.value or 0.0 for x in ledgers) / len(ledgers)
    total = cast.total.wall
    assert total.value is not None
    assert total.low is not None
    assert total.high is not None
    stages = []
    for line in cast.lines:
        real = [x.wall.value or 0.0 for each in ledgers for x in each.lines if x.stage == line.stage]
        if real and line.wall.value is not None and line.stage != "other":
            stages.append(f"{line.stage} {line.wall.value:.0f}/{sum(real) / len(real):.0f} s")
    seeds = "" if len(runs) == 1 else f" (mean of {len(runs)})"
    return (
        f"| {name} | {total.value:.0f} s ({total.low:.0f} to {total.high:.0f}) | {measured:.0f} s{seeds} "
        f"| {total.value / measured - 1:+.1%} | {', '.join(stages)} |"
    )


if __name__ == "__main__":
    main()
