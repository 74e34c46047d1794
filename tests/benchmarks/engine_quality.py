"""Our operator beside a Fourier neural operator, and what correction and search add to a weak and to a good operator.

    python tests/benchmarks/engine_quality.py [--seeds 5] [--jobs 2] [--config examples/tuned.yaml] [--out FILE.md]

Both operators learn the same 512 trajectories from the same windows (starting frames, shifts and mirrors), by the same
relative L2 loss, and are tested on the same 20-step rollouts. neuraloperator's FNO gets as many parameters (complex
ones count twice) and as many CPU seconds as ours took for autoencoder and operator together; its learning rate and
batch size are the best of those tried for it (5e-3 and 8e-3; 16 and 32). Each training is recorded as a run
and runcompare compares the groups. With --out the tables go into FILE.md between its lines
`<!-- engine -->` and `<!-- /engine -->`.
"""

import argparse
import math
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import Tensor, nn

import runcompare
from runcompare.engine.config.read import EngineConfig, load_config, to_dict
from runcompare.engine.data.dataset import Dataset, Split, load_data
from runcompare.engine.metrics import nrmse, relative_l2, trajectory_nrmse
from runcompare.engine.network.simulator import Simulator, rollout
from runcompare.engine.runlog import SilentLog
from runcompare.engine.search.beam import plan_search, search_rollout
from runcompare.engine.search.study import mean_of_n, oracle, reward_rank_correlation
from runcompare.engine.training.context import TrainingContext
from runcompare.engine.training.resume import Checkpointer
from runcompare.engine.training.stages import STAGES
from runcompare.records.recorder import Recorder

EXAMPLES = Path(__file__).parents[2] / "examples"
FNO = {"n_modes": (24,), "hidden_channels": 32, "n_layers": 4, "in_channels": 2, "out_channels": 1}
FNO_BATCH, FNO_RATE = 16, 8e-3
STUDIED = 4  # seeds whose operators are corrected and searched
SEARCHED = 48  # test trajectories that the searches are compared on
WEAK = {"stages.operator.epochs": 1, "training.windows": 8}
SEARCHES = ("operator", "corrected", "search", "mean of N", "oracle")


class FourierOperator(nn.Module):
    """neuraloperator's FNO as a residual step: (n, points), (n, 1) -> (n, points)."""

    def __init__(self) -> None:
        super().__init__()
        from neuralop.models import FNO as Fno

        self.net = Fno(**FNO)

    def forward(self, u: Tensor, c: Tensor) -> Tensor:
        out: Tensor = u + self.net(torch.stack([u, c.expand_as(u)], 1))[:, 0]
        return out


def parameters(*modules: nn.Module) -> int:
    return sum(p.numel() * (2 if p.is_complex() else 1) for m in modules for p in m.parameters())


def new_context(config: EngineConfig, data: Dataset) -> TrainingContext:
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    simulator, generator = Simulator(config), torch.Generator().manual_seed(config.seed)
    checkpointer = Checkpointer(simulator, generator, to_dict(config))
    return TrainingContext(config, data, simulator, generator, SilentLog(), checkpointer)


def train_ours(config: EngineConfig, data: Dataset) -> tuple[TrainingContext, dict[str, Any]]:
    """Autoencoder and operator by the engine's own stages, and what it took."""
    context = new_context(config, data)
    started = time.process_time()
    for name in ("autoencoder", "operator"):
        STAGES[name](context)
    s, windows = context.simulator, len(context.windows(1))
    took = time.process_time() - started
    steps = windows * (config.stages.autoencoder.epochs + config.stages.operator.epochs)
    return context, {"cpu_s": took, "steps": steps, "parameters": parameters(s.autoencoder, s.operator)}


def train_fno(config: EngineConfig, data: Dataset, seconds: float) -> tuple[FourierOperator, dict[str, Any]]:
    """The Fourier operator on the same windows for `seconds` of CPU time, its rate falling with them."""
    context = new_context(replace(config, training=replace(config.training, batch_size=FNO_BATCH)), data)
    torch.manual_seed(config.seed)
    model = FourierOperator()
    optimizer = torch.optim.AdamW(model.parameters(), lr=FNO_RATE, weight_decay=0.01)
    started, steps, share = time.process_time(), 0, 0.0
    while share < 1:
        for u, parameter in context.windows(1).draw(context.generator):
            share = (time.process_time() - started) / seconds
            if share >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = FNO_RATE * min(1.0, (steps + 1) / 50) * 0.5 * (1 + math.cos(math.pi * share))
            optimizer.zero_grad(set_to_none=True)
            loss = relative_l2(model(u[:, 0], context.simulator.conditions(parameter)), u[:, 1]).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), config.training.grad_clip)
            optimizer.step()
            steps += 1
    return model.eval(), {"cpu_s": time.process_time() - started, "steps": steps, "parameters": parameters(model)}


@torch.inference_mode()
def fno_rollout(model: FourierOperator, c: Tensor, split: Split) -> Tensor:
    u, states = split.u[:, 0], []
    for _ in range(split.u.shape[1] - 1):
        u = model(u, c)
        states.append(u)
    return torch.stack(states, 1)


def record(home: Path, kind: str, config: EngineConfig, data: Dataset, took: dict[str, Any], rolled: Tensor) -> None:
    errors = trajectory_nrmse(rolled, data.test.u[:, 1:])
    described = {"model": kind, "seed": config.seed, "data": to_dict(config)["data"], "parameters": took["parameters"]}
    with Recorder(home / f"{kind}-s{config.seed}", name=f"{kind}-s{config.seed}", group=kind, config=described) as run:
        run.summary({"eval/nrmse": float(errors.mean()), "data/fingerprint": data.fingerprint, **took})
        run.samples("eval/nrmse", errors.tolist())


def quality(home: Path, example: Path, seed: int) -> list[str]:
    """Both operators of one seed, recorded; then correction and search on ours."""
    config = replace(load_config(example), seed=seed)
    data = load_data(config.data)
    context, took = train_ours(config, data)
    record(home, "ours", config, data, took, rollout(context.simulator, data.test))
    fno, fno_took = train_fno(config, data, took["cpu_s"])
    conditions = context.simulator.conditions(data.test.parameter)
    record(home, "fno", config, data, fno_took, fno_rollout(fno, conditions, data.test))
    if seed < STUDIED:
        study(home, "good", context)
    return [f"seed {seed}: {took} {fno_took}"]


def weak(home: Path, example: Path, seed: int) -> list[str]:
    config = replace(load_config(example, WEAK), seed=seed)
    context, _ = train_ours(config, load_data(config.data))
    study(home, "weak", context)
    return [f"weak, seed {seed}"]


def study(home: Path, kind: str, context: TrainingContext) -> None:
    """Correct, then search, beside what the search's evaluations could have bought."""
    config, s = context.config, context.simulator
    for name in ("diff_residual", "consistency_distill"):
        STAGES[name](context)
    test = context.data.test.part(slice(0, SEARCHED))
    truth = test.u[:, 1:]
    searched, _ = search_rollout(s, test, config.ttc, equation=config.data.equation, dt=config.data.dt)
    rolled = {
        "operator": rollout(s, test, corrected=False),
        "corrected": rollout(s, test),
        "search": searched,
        "mean of N": mean_of_n(s, test, config).states,
        "oracle": oracle(s, test, config),
    }
    for name, states in rolled.items():
        group = f"{kind} {name}"
        described = {"operator": kind, "answer": name, "seed": config.seed, "data": to_dict(config)["data"]}
        with Recorder(home / f"{group}-s{config.seed}", name=group, group=group, config=described) as run:
            run.summary({"eval/nrmse": nrmse(states, truth), "data/fingerprint": context.data.fingerprint})
            run.summary({"gate": float(s.gate), "rank": reward_rank_correlation(s, test, config)})
            run.samples("eval/nrmse", trajectory_nrmse(states, truth).tolist())


def spread(values: Sequence[float], digits: int = 4) -> str:
    mean = sum(values) / len(values)
    if len(values) < 2:
        return f"{mean:.{digits}f}"
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))
    return f"{mean:.{digits}f} ± {sd:.{digits}f}"


def compared(home: Path, candidate: str, baseline: str) -> str:
    """What runcompare says of two groups."""
    test = runcompare.compare(candidate, baseline, runs=home, metric="eval/nrmse").quality.test
    if test is None or test.effect is None or test.low is None or test.high is None:
        return "can't tell"
    return f"{test.verdict}: {100 * test.effect:+.1f} % ({100 * test.low:+.1f} to {100 * test.high:+.1f})"


def tables(home: Path, config: EngineConfig) -> list[str]:
    lines = ["| | parameters | CPU s | steps | ms a step | nRMSE over 20 steps |", "|---|---|---|---|---|---|"]
    for kind, label in (("ours", "runcompare's operator"), ("fno", "neuraloperator's FNO")):
        runs = runcompare.load(f"group:{kind}", runs=home).runs
        cpu, steps, nrmses = ([float(r.summary[k]) for r in runs] for k in ("cpu_s", "steps", "eval/nrmse"))
        pace = [1000 * a / b for a, b in zip(cpu, steps, strict=True)]
        size = f"{runs[0].summary['parameters'] / 1000:.1f} K"
        lines.append(f"| {label} | {size} | {spread(cpu, 1)} | {steps[0]:.0f} | {spread(pace, 1)} | {spread(nrmses)} |")
    n = len(runcompare.load("group:ours", runs=home).runs)
    lines += ["", f"runcompare, {n} seeds a side: ours is {compared(home, 'group:ours', 'group:fno')}.", ""]
    plan = plan_search(config.ttc)
    lines.append(
        f"Search: {plan.evaluations} network evaluations a step, N = {plan.evaluations}; {SEARCHED} trajectories."
    )
    lines += ["", "| nRMSE | weak operator | good operator |", "|---|---|---|"]
    for name in SEARCHES:
        cells = [spread(_values(home, f"{kind} {name}", "eval/nrmse")) for kind in ("weak", "good")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    for label, key in (("gate", "gate"), ("rank correlation of reward and error", "rank")):
        cells = [spread(_values(home, f"{kind} search", key), 2) for kind in ("weak", "good")]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    verdicts = []
    for kind in ("weak", "good"):
        for name, against in (("corrected", "operator"), ("search", "corrected"), ("mean of N", "corrected")):
            said = compared(home, f"group:{kind} {name}", f"group:{kind} {against}")
            verdicts.append(f"- {kind}, {name} against {against}: {said}.")
    return [*lines, "", *verdicts]


def _values(home: Path, group: str, key: str) -> list[float]:
    return [float(run.summary[key]) for run in runcompare.load(f"group:{group}", runs=home).runs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--config", type=Path, default=EXAMPLES / "tuned.yaml")
    parser.add_argument("--keep", type=Path, help="folder for the records; those that are there count")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(asked.jobs) as pool:
        home = asked.keep or Path(scratch)
        tasks = [(quality, s) for s in range(asked.seeds)] + [(weak, s) for s in range(STUDIED)]
        for done in [pool.submit(task, home, asked.config, seed) for task, seed in tasks]:
            print(*done.result(), sep="\n", flush=True)
        lines = tables(home, load_config(asked.config))
    command = (
        f"`make bench-engine`, {asked.seeds} seeds, {date.today():%Y-%m-%d}, torch {torch.__version__}, one CPU thread"
    )
    text = "\n".join([command, "", *lines])
    print(text)
    if asked.out:
        before, _, rest = asked.out.read_text(encoding="utf-8").partition("<!-- engine -->")
        after = rest.partition("<!-- /engine -->")[2]
        asked.out.write_text(f"{before}<!-- engine -->\n{text}\n<!-- /engine -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
