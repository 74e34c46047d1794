"""Is the forecast right? `python tests/benchmarks/forecast_check.py --jobs 2` prints the table of docs/cost.md.

Trains baseline32 and hjnqclgk, forecasts v3 and three configurations that no run had from them, then trains those
four. On a machine that others use too, wall time measures the others: so the trainings count CPU seconds, which for
one busy thread are what an idle machine's clock would show. About 20 minutes on 2 idle cores; `--keep FOLDER` keeps
the trainings and takes those that are there.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from runcompare.costs import Forecast, PriceBook, forecast, ledger
from runcompare.engine.config.read import load_config, parse_override, to_dict
from runcompare.records.run import Run
from runcompare.references.resolve import resolve

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Variant:
    """An example with some settings changed."""

    name: str
    example: str
    settings: Sequence[str] = ()

    @property
    def config(self) -> Mapping[str, object]:
        return to_dict(load_config(EXAMPLES / f"{self.example}.yaml", dict(map(parse_override, self.settings))))


KNOWN = (Variant("baseline32", "baseline32"), Variant("hjnqclgk", "hjnqclgk"))
VARIANTS = (
    Variant("v3", "v3"),
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
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(options.jobs) as pool:
        folder = options.keep or Path(temporary)
        # the longest first, so that the processes end together
        order = (KNOWN[1], *VARIANTS, KNOWN[0])
        trained = dict(zip(order, pool.map(lambda v: _train(v, folder), order), strict=True))
    known = [trained[v] for v in KNOWN]
    print("| configuration | forecast (95 % interval) | took | off by | forecast / took by stage |")
    print("|---|---|---|---|---|")
    for variant in VARIANTS:
        print(_row(variant.name, forecast(variant.config, known, PriceBook.load()), trained[variant]))


CPU_CLOCK = """
import sys, time
start, time.perf_counter = time.time(), time.process_time
time.time = lambda: start + time.process_time()
from runcompare.cli import main
main(sys.argv[1:])
"""


def _train(variant: Variant, folder: Path) -> Run:
    out = folder / variant.name.replace(" ", "-").replace(",", "")
    done = out / "per_trajectory.csv"  # written last
    if not done.exists():
        shutil.rmtree(out, ignore_errors=True)
        settings = [word for setting in variant.settings for word in ("--set", setting)]
        example = str(EXAMPLES / f"{variant.example}.yaml")
        words = ["train", example, *settings, "--out", str(out), "--name", out.name, "--no-wandb", "--no-checkpoints"]
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        quiet = subprocess.DEVNULL
        subprocess.run([sys.executable, "-c", CPU_CLOCK, *words], check=True, env=env, stdout=quiet, stderr=quiet)
    (run,) = resolve(str(out), roots=(folder,)).runs
    return run


def _row(name: str, cast: Forecast, run: Run) -> str:
    costs = ledger(run, PriceBook.load())
    took, total = costs.total.wall.mid, cast.total.wall
    assert took is not None
    assert total.value is not None
    real = {line.stage: line.wall.mid or 0.0 for line in costs.lines}
    stages = [
        f"{line.stage} {line.wall.value:.0f} / {real[line.stage]:.0f} s"
        for line in cast.lines
        if line.wall.value is not None and real.get(line.stage, 0.0) >= 1
    ]
    interval = f"{total.value:.0f} s ({total.low:.0f} to {total.high:.0f})"
    return f"| {name} | {interval} | {took:.0f} s | {total.value / took - 1:+.1%} | {', '.join(stages)} |"


if __name__ == "__main__":
    main()
