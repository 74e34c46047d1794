"""The table of the noise library, computed from checkouts of the public repositories that it names.

    python tests/benchmarks/seed_noise.py NAME=CHECKOUT [NAME=CHECKOUT ...] [--out runcompare/metrics/seed_noise.tsv]

NAME is one of `COLLECTIONS`; nothing is downloaded. A group is what a collection gives as replicates: the same
configuration and task, seeds apart. Of each group the seed-to-seed standard deviation is taken on the scale on which
runcompare compares the metric, of the last value and of the mean of the last tenth of the evaluations. A line of the
table holds many groups: their typical standard deviation (the median, corrected for few seeds) and how much its
logarithm differs between them, sampling error taken away.

Left out: groups of fewer than three runs, or without spread (the seed does not reach them); groups whose runs differ in
more than the seed (the hyperparameter searches of sigtestv's hedwig); returns whose mean is not above 0. Runs of
supervised training that ended far from the others (`DIVERGED`) are counted in their own column and left out.
"""

import argparse
import csv
import gzip
import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import special

from runcompare.metrics.seed_noise import SeedNoise

DIVERGED = 10.0  # robust standard deviations from the median
TAIL = 0.1  # of the evaluations
COLUMNS = [field.name for field in fields(SeedNoise)]


class Curve(NamedTuple):
    """One run of a group: its last value and the mean of its last tenth, None where only the last is published."""

    last: float
    tail: float | None = None


@dataclass(frozen=True)
class Line:
    """What a line of the table is about; several groups share it."""

    kind: str
    scale: str
    family: str
    task: str
    model: str


Groups = Iterator[tuple[Line, list[Curve]]]


def curve(values: Sequence[float]) -> Curve:
    points = [float(v) for v in values if v is not None and np.isfinite(v)]
    count = max(1, round(TAIL * len(points)))
    return Curve(points[-1], float(np.mean(points[-count:])) if count > 1 else None)


# --- collections ------------------------------------------------------------------------------------------------------

VALIDATED = re.compile(r"^step:(\d+)/(\d+) val_loss:([\d.]+)", re.MULTILINE)
TRACKS = {"track_1_short": "124M", "track_3_optimization": "124M, step count"}


def nanogpt(root: Path) -> Groups:
    """Logs start with the code that made them: replicates are those of one folder, code and length."""
    for track, size in TRACKS.items():
        groups: dict[tuple[str, str, str], list[Curve]] = defaultdict(list)
        for path in sorted((root / "records" / track).rglob("*.txt")) + sorted(
            (root / "records" / track).rglob("*.log")
        ):
            text = path.read_text(errors="replace")
            found = VALIDATED.findall(text)
            if found and found[-1][0] == found[-1][1]:
                code = hashlib.sha256(text.partition("=" * 50)[0].encode()).hexdigest()
                groups[str(path.parent), code, found[-1][1]].append(curve([float(loss) for _, _, loss in found]))
        line = Line("language model loss", "log", f"nanoGPT {size}", "FineWeb", f"GPT-2 {size}")
        yield from ((line, runs) for runs in groups.values())


WORLD_MODELS = {"dreamerv3", "tdmpc2", "tdmpc"}


def learner(method: str) -> str:
    if method.removesuffix("-pixels") in WORLD_MODELS:
        return "world model"
    return "PPO" if method.startswith(("ppo", "ppg", "impala")) else "off-policy"


def returns(family: str, task: str, method: str) -> Line:
    return Line("episode return", "relative", f"{family}, {learner(method)}", task, learner(method))


def dreamer(root: Path) -> Groups:
    """Scores of 5 to 20 seeds a task; the copies of DrQ-v2's curves are left to DrQ-v2."""
    for path in sorted((root / "scores").glob("*.json.gz")):
        suite = path.name.partition("-")[0]
        groups = defaultdict(list)
        for run in json.loads(gzip.decompress(path.read_bytes())):
            groups[run["task"], run["method"]].append(curve(run["ys"]))
        for (_, method), runs in groups.items():
            if method != "drqv2":
                yield returns(suite, suite, method), runs


def drqv2(root: Path) -> Groups:
    for path in sorted((root / "curves").glob("*.csv")):
        yield from by_seed(path, "episode_reward", returns("DrQ-v2 dmc_vision", "dmc_vision", "drqv2"))


def tdmpc2(root: Path) -> Groups:
    """The tasks with returns; those with success rates end at 0 or 1."""
    for path in sorted((root / "results").glob("*/*.csv")):
        if path.read_text().startswith("step,reward,"):
            yield from by_seed(path, "reward", returns("TD-MPC2 dmc_proprio", "dmc_proprio", path.parent.name))


def by_seed(path: Path, column: str, line: Line) -> Groups:
    runs = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            runs[row["seed"]].append(float(row[column]))
    yield line, [curve(values) for values in runs.values()]


def td3(root: Path) -> Groups:
    for folder in sorted((root / "learning_curves").iterdir()):
        groups = defaultdict(list)
        for path in sorted(folder.glob("*.npy")):
            groups[path.stem.rpartition("_")[0]].append(curve(np.load(path).tolist()))
        yield from ((returns("gym MuJoCo", "gym MuJoCo", "td3"), runs) for runs in groups.values())


FINE_TUNED = {
    "bbase-sst2-3e-05.tsv": ("BERT base, SST-2", "BERT base"),
    "bbase-sst2-4e-05.tsv": ("BERT base, SST-2", "BERT base"),
    "blarge-sst2-3e-05.tsv": ("BERT large, SST-2", "BERT large"),
    "blarge-sst2-4e-05.tsv": ("BERT large, SST-2", "BERT large"),
    "birnn-sst2.tsv": ("LSTM, SST-2", "LSTM"),
    "esim.csv": ("ESIM, SNLI", "LSTM"),
    "sse.csv": ("ESIM, SNLI", "LSTM"),
}


def sigtestv(root: Path) -> Groups:
    for name, (family, model) in FINE_TUNED.items():
        path = root / "data" / name
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
        once = {row.get("--seed", str(i)): float(row.get("acc") or row["test"]) for i, row in enumerate(rows)}
        line = Line("accuracy", "logit", family, family.rpartition(", ")[2], model)
        yield line, [Curve(value) for value in once.values()]


TREES = ("catboost_", "xgboost_", "lightgbm_", "catboost", "xgboost")
ATTENTION = ("transformer", "ft_transformer", "saint", "npt", "autoint")
TABULAR = {
    "accuracy": ("accuracy", "logit"),
    "roc-auc": ("ROC AUC", "logit"),
    "roc_auc": ("ROC AUC", "logit"),
    "rmse": ("RMSE", "log"),
    "mae": ("MAE", "log"),
}


def tabular(root: Path, folder: str, pattern: str, model_at: int) -> Groups:
    groups: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for path in sorted((root / folder).glob(pattern)):
        found = json.loads(path.read_text())
        config = dict(found.get("config") or {}, seed=0)
        model = path.relative_to(root / folder).parts[model_at]
        group = hashlib.sha256(f"{path.parent.parent} {json.dumps(config, sort_keys=True)}".encode()).hexdigest()
        if "test" in found.get("metrics", {}):
            groups[model, group].append(found["metrics"]["test"])
    for (model, _), runs in groups.items():
        kind = "gradient boosting" if model in TREES else "attention" if model.startswith(ATTENTION) else "MLP"
        kind = "retrieval" if model.startswith(("tabr", "anp", "dkl", "dnnr")) else kind
        for name, (metric, scale) in TABULAR.items():
            if all(name in run for run in runs):
                yield Line(metric, scale, f"tabular, {kind}", "tabular", kind), [Curve(run[name]) for run in runs]


def rtdl(root: Path) -> Groups:
    for pattern in ("*/*/tuned/*/stats.json", "*/*/default/*/stats.json"):
        yield from tabular(root, "output", pattern, 1)


def num_embeddings(root: Path) -> Groups:
    yield from tabular(root, "exp", "*/*/*_evaluation/*/report.json", 0)


def tabr(root: Path) -> Groups:
    for pattern in ("*/*/*-evaluation/*/report.json", "*/why/*/*-evaluation/*/report.json"):
        yield from tabular(root, "exp", pattern, 0)


def fno(root: Path) -> Groups:
    """The first seed of four tests lies apart from the two others, and is taken if the architecture agrees."""
    for test in ("test_11", "test_24", "test_25", "test_26"):
        found = [
            json.loads(p.read_text()) for p in sorted((root / "results/seed_ablation").glob(f"{test}_*/results.json"))
        ]
        found.append(json.loads((root / "results" / test / "results.json").read_text()))
        told = [{k: v for k, v in (f.get("architecture") or {}).items() if "note" not in k} for f in found]
        if all(t == told[0] for t in told):
            line = Line("RMSE", "log", "PDE surrogates, FNO", "PDEBench", "FNO")
            yield line, [Curve(f["nrmse_pertimestep"]) for f in found]


def engine(root: Path) -> Groups:
    """This project's own engine: the 48 seeds of the short example."""
    with (root / "examples/short_seeds.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    line = Line("RMSE", "log", "PDE surrogates, neural operator", "Burgers", "neural operator")
    for column in ("nrmse", "baseline_nrmse"):
        yield line, [Curve(float(row[column])) for row in rows if row.get(column)]


class Collection(NamedTuple):
    source: str
    licence: str
    date: str  # of the newest commit of the checkout
    read: Callable[[Path], Groups]


COLLECTIONS = {
    "modded-nanogpt": Collection("github.com/KellerJordan/modded-nanogpt", "MIT", "2026-08-01", nanogpt),
    "dreamerv3": Collection("github.com/danijar/dreamerv3", "MIT", "2026-05-24", dreamer),
    "drqv2": Collection("github.com/facebookresearch/drqv2", "MIT", "2022-03-21", drqv2),
    "tdmpc2": Collection("github.com/nicklashansen/tdmpc2", "MIT", "2026-07-13", tdmpc2),
    "TD3": Collection("github.com/sfujim/TD3", "MIT", "2023-07-14", td3),
    "sigtestv": Collection("github.com/castorini/sigtestv", "MIT", "2019-12-03", sigtestv),
    "rtdl": Collection("github.com/yandex-research/rtdl-revisiting-models", "Apache-2.0", "2024-11-13", rtdl),
    "num-embeddings": Collection("github.com/yandex-research/rtdl-num-embeddings", "MIT", "2025-04-16", num_embeddings),
    "tabr": Collection("github.com/yandex-research/tabular-dl-tabr", "MIT", "2025-11-17", tabr),
    "fno-audit": Collection("github.com/pdebench-fno-audit/artifact", "MIT", "2026-05-04", fno),
    "runcompare": Collection("examples/short_seeds.csv of this repository", "MIT", "2026-11-23", engine),
}

# --- statistics -------------------------------------------------------------------------------------------------------


def on_scale(values: Sequence[float], scale: str) -> np.ndarray:
    raw = np.asarray(values, dtype=float)
    if scale == "log":
        return np.log(raw)
    return np.log(raw / (1 - raw)) if scale == "logit" else raw / raw.mean()


def usable(values: Sequence[float], scale: str) -> bool:
    raw = np.asarray(values, dtype=float)
    if len(raw) < 3 or not np.all(np.isfinite(raw)) or np.ptp(raw) <= 1e-9 * np.abs(raw).max():
        return False
    return bool(raw.mean() > 0 if scale == "relative" else raw.min() > 0 and (scale == "log" or raw.max() < 1))


def kept(runs: Sequence[Curve], scale: str) -> list[Curve]:
    """Without runs that diverged; returns of control tasks fail in every way and all count."""
    values = np.array([run.last for run in runs])
    if scale == "relative" or len(runs) < 10:
        return list(runs)
    apart = np.abs(values - np.median(values))
    return [run for run, far in zip(runs, apart, strict=True) if far <= DIVERGED * 1.4826 * np.median(apart)]


class Spread(NamedTuple):
    """Of many groups: the typical standard deviation, and the sd of its logarithm between them."""

    noise: float
    spread: float


def spread_of(groups: Sequence[Sequence[float]], scale: str) -> Spread | None:
    groups = [g for g in groups if usable(g, scale)]
    if not groups:
        return None
    df = np.array([len(g) - 1.0 for g in groups])
    log_variance = np.log([on_scale(g, scale).var(ddof=1) for g in groups])
    center = np.median(log_variance - np.log(special.chdtri(df, 0.5) / df))
    between = log_variance - special.digamma(df / 2) + np.log(df / 2)
    excess = between.var(ddof=1) - special.zeta(2, df / 2).mean() if len(groups) > 1 else 0.0
    return Spread(float(np.exp(center / 2)), float(np.sqrt(max(excess, 0.0)) / 2))


def table(checkouts: dict[str, Path]) -> Iterator[list[str]]:
    yield COLUMNS
    for name, root in checkouts.items():
        collection = COLLECTIONS[name]
        lines: dict[Line, list[list[Curve]]] = defaultdict(list)
        for line, runs in collection.read(root):
            lines[line].append(runs)
        for line, groups in sorted(lines.items(), key=lambda item: (item[0].kind, item[0].family)):
            whole = [kept(runs, line.scale) for runs in groups]
            used = [runs for runs in whole if usable([r.last for r in runs], line.scale)]
            last = spread_of([[r.last for r in runs] for runs in used], line.scale)
            if last is None:
                continue
            tails = [[r.tail for r in runs if r.tail is not None] for runs in used]
            tail = spread_of(tails, line.scale)
            lost = sum(len(a) - len(b) for a, b in zip(groups, whole, strict=True))
            yield [
                line.kind,
                line.scale,
                line.family,
                name,
                line.task,
                line.model,
                str(len(used)),
                str(sum(map(len, used))),
                str(lost),
                *(f"{x:.3g}" for x in last),
                *(f"{x:.3g}" for x in tail or ()),
                *([] if tail else ["", ""]),
                collection.source,
                collection.licence,
                collection.date,
            ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="+", metavar="NAME=CHECKOUT", help=", ".join(COLLECTIONS))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    checkouts = {name: Path(path) for name, _, path in (text.partition("=") for text in args.checkouts)}
    text = "".join("\t".join(row) + "\n" for row in table(checkouts))
    if args.out:
        args.out.write_text(text)
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
