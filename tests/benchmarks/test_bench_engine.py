"""The engine's speed as ratios within one run, in CPU seconds on one thread.

A training step against one of neuraloperator's FNO of the same parameter count, an evaluation against the same
rollouts of that FNO and against one trajectory at a time, and the search in one batch against the search that takes one
candidate at a time.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from runcompare.engine.config.read import load_config  # noqa: E402
from runcompare.engine.data.dataset import Split, load_data  # noqa: E402
from runcompare.engine.metrics import relative_l2  # noqa: E402
from runcompare.engine.network.simulator import Simulator, rollout  # noqa: E402
from runcompare.engine.search.beam import Search  # noqa: E402
from runcompare.engine.search.rewards import total_reward  # noqa: E402
from runcompare.engine.training.epochs import _optimizers  # noqa: E402

EXAMPLES = Path(__file__).parents[2] / "examples"
CONFIG = load_config(EXAMPLES / "tuned.yaml")
BATCH = 32


def cpu_seconds(call: Callable[[], Any], repeat: int) -> float:
    """The median over `repeat` calls, after one that warms up."""
    call()
    taken = []
    for _ in range(repeat):
        started = time.process_time()
        call()
        taken.append(time.process_time() - started)
    return sorted(taken)[repeat // 2]


def print_figures(benchmark: Any, what: str, **figures: float) -> None:
    benchmark.extra_info |= figures
    print(f"\n{what}: " + ", ".join(f"{k} {v:.3g}" for k, v in figures.items()))


@pytest.fixture(scope="module")
def split() -> Split:
    torch.set_num_threads(1)
    return load_data(replace(CONFIG.data, train=BATCH, val=1, test=1)).train


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    """With an open gate, and a corrector that is not the zero that it starts as."""
    torch.manual_seed(0)
    made = Simulator(CONFIG)
    for network in (made.operator, made.teacher.net, made.student.net):
        torch.nn.init.normal_(network.leave.weight, std=1e-3)
    made.gate.fill_(1.0)
    return made


@pytest.fixture(scope="module")
def fno() -> Any:
    models = pytest.importorskip("neuralop.models")
    torch.manual_seed(0)
    return models.FNO(n_modes=(24,), hidden_channels=32, n_layers=4, in_channels=2, out_channels=1)


def test_training_step(benchmark: Any, simulator: Simulator, fno: Any, split: Split) -> None:
    """Forward, backward and the optimizer's step, on a batch of 32."""
    both = torch.nn.ModuleDict({"autoencoder": simulator.autoencoder, "operator": simulator.operator})
    optimizers = _optimizers(both, CONFIG.stages.operator)
    u, truth, c = split.u[:, 0], split.u[:, 1], simulator.conditions(split.parameter)
    theirs = torch.optim.AdamW(fno.parameters(), lr=1e-3)  # fused refuses its complex parameters

    def ours_step() -> None:
        both.zero_grad(set_to_none=True)
        relative_l2(simulator.operator_step(u, c), truth).mean().backward()
        for optimizer in optimizers:
            optimizer.step()

    def fno_step() -> None:
        theirs.zero_grad(set_to_none=True)
        relative_l2(u + fno(torch.stack([u, c.expand_as(u)], 1))[:, 0], truth).mean().backward()
        theirs.step()

    benchmark.pedantic(ours_step, rounds=20, warmup_rounds=2)
    ours, other = cpu_seconds(ours_step, 30), cpu_seconds(fno_step, 30)
    print_figures(benchmark, "training step", ours_s=ours, fno_s=other, ratio=other / ours)
    assert other > ours


def test_evaluation(benchmark: Any, simulator: Simulator, fno: Any, split: Split) -> None:
    """32 rollouts of 20 steps, with correction."""
    c = simulator.conditions(split.parameter)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def fno_rollouts() -> None:
        u = split.u[:, 0]
        for _ in range(split.u.shape[1] - 1):
            u = u + fno(torch.stack([u, c.expand_as(u)], 1))[:, 0]

    def one_by_one() -> None:
        for i in range(len(split)):
            rollout(simulator, split.part(slice(i, i + 1)))

    benchmark.pedantic(rollout, args=(simulator, split), rounds=5, warmup_rounds=1)
    ours = cpu_seconds(lambda: rollout(simulator, split), 9)
    other, loop = cpu_seconds(fno_rollouts, 5), cpu_seconds(one_by_one, 3)
    ratios = {"ratio_fno": other / ours, "ratio_loop": loop / ours}
    print_figures(benchmark, "evaluation", ours_s=ours, fno_s=other, loop_s=loop, **ratios)
    assert other > ours
    assert loop > 2 * ours


def one_at_a_time(search: Search, u: Any, parameter: Any) -> None:
    """The same search, candidate by candidate: as many network evaluations, each in a call of its own."""
    config, s = search.config, search.simulator
    for i in range(len(u)):
        beam, viscosity = [(0.0, u[i : i + 1])], parameter[i : i + 1]
        c = s.conditions(viscosity)
        for depth in range(config.horizon):
            grown = []
            for score, state in beam:
                v = s.operator_step(state, c)
                drawn = (search._candidates(state, v, c, k=1, depth=depth) for _ in range(config.candidates - 1))
                for child in (v, *(one[:, 0] for one in drawn)):
                    known = {"parameter": viscosity, "dt": search.dt}
                    reward = total_reward(config.reward, search.equation, state, child, **known)
                    grown.append((score + config.discount**depth * float(reward), child))
            beam = sorted(grown, key=lambda path: path[0], reverse=True)[: config.beam_width]


@pytest.mark.parametrize(("example", "least"), [("short", 15), ("baseline32", 8)])
def test_search(benchmark: Any, example: str, least: float) -> None:
    """One step of 32 trajectories. The larger the network, the less of the loop's time is the calls themselves."""
    config = load_config(EXAMPLES / f"{example}.yaml")
    torch.manual_seed(0)
    made, part = Simulator(config), load_data(replace(config.data, train=BATCH, val=1, test=1)).train
    made.gate.fill_(1.0)
    generator = torch.Generator().manual_seed(0)
    search = Search(made, config.ttc, config.data.equation, config.data.dt, generator, corrects=False)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def batched() -> None:
        search.step(part.u[:, 0], part.parameter)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def looped() -> None:
        one_at_a_time(search, part.u[:, 0], part.parameter)

    benchmark.pedantic(batched, rounds=5, warmup_rounds=1)
    ours, loop = cpu_seconds(batched, 9), cpu_seconds(looped, 3)
    print_figures(benchmark, f"search of {example}", batched_s=ours, one_at_a_time_s=loop, ratio=loop / ours)
    assert loop / ours > least
