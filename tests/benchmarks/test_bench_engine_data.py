"""Data generation beside exponax (jax), one thread, in one run; and beside its floor, the Fourier transforms alone.

Both solve the same trajectories by ETDRK4 on the same grid in the same precision. exponax steps evenly, so it takes the
substeps of the steepest frame throughout; ours follow the fastest wave. Times are CPU seconds, warm, the best of five;
exponax is compiled before.

pytest -o addopts="" tests/benchmarks/test_bench_engine_data.py --benchmark-only -s
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import pytest
import torch
from torch import Tensor

from runcompare.engine.metrics import nrmse
from runcompare.engine.physics import spectral
from runcompare.engine.physics.equations import EQUATIONS, Equation

N, FRAMES, ROUNDS = 64, 20, 5
POINTS = {"burgers": 512, "kuramoto_sivashinsky": 256}  # twice those of the data


def seconds_of(call: Callable[[], Any]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def substeps(equation: Equation, u0: Tensor, parameter: Tensor) -> list[int]:
    """Those that our solver takes for each frame."""
    taken = []
    with pytest.MonkeyPatch.context() as patch:
        advance = spectral._advance
        patch.setattr(spectral, "_advance", lambda *args: taken.append(args[-1]) or advance(*args))
        spectral.solve(equation, u0, parameter, frames=FRAMES, dt=equation.dt)
    return taken


def floor_of(u0: Tensor, steps: int) -> float:
    """The transforms of so many substeps: four pairs each."""
    v = torch.fft.rfft(u0)

    def transforms() -> None:
        for _ in range(4 * steps):
            torch.fft.rfft(torch.fft.irfft(v, n=u0.shape[-1]))

    return seconds_of(transforms)


def exponax_solver(name: str, points: int, steps: int) -> Callable[[Any, Any], Any]:
    """Trajectories (n, frames + 1, 1, points) of a batch of states and parameters, compiled."""
    exponax, jax = pytest.importorskip("exponax"), pytest.importorskip("jax")
    h = EQUATIONS[name].dt / steps

    def one(u: Any, parameter: Any) -> Any:
        if name == "burgers":
            stepper = exponax.stepper.Burgers(
                1, 1.0, points, h, diffusivity=parameter / jax.numpy.pi, conservative=True, order=4
            )
        else:
            stepper = exponax.stepper.KuramotoSivashinskyConservative(1, parameter, points, h, order=4)
        return exponax.rollout(exponax.RepeatedStepper(stepper, steps), FRAMES, include_init=True)(u[None])

    return jax.jit(jax.vmap(one))


@pytest.mark.parametrize("name", POINTS)
def test_generating_data(benchmark: Any, name: str) -> None:
    jax = pytest.importorskip("jax")
    torch.set_num_threads(1)
    equation, points = EQUATIONS[name], POINTS[name]
    u0 = equation.initial(N, points, torch.Generator().manual_seed(0))
    parameter = torch.linspace(*equation.range, N)
    u0 = spectral.solve(equation, u0, parameter, frames=round(equation.burn_in / equation.dt), dt=equation.dt)[:, -1]
    taken = substeps(equation, u0, parameter)

    def ours() -> Tensor:
        return spectral.solve(equation, u0, parameter, frames=FRAMES, dt=equation.dt)

    with jax.enable_x64(u0.dtype == torch.float64):
        solver = exponax_solver(name, points, max(taken))
        state, given = jax.numpy.asarray(u0.numpy()), jax.numpy.asarray(parameter.to(u0.dtype).numpy())
        theirs_u = torch.tensor(jax.device_get(solver(state, given)).copy())[:, :, 0]
        theirs = seconds_of(lambda: solver(state, given).block_until_ready())
    mine, floor = seconds_of(ours), floor_of(u0, sum(taken))
    benchmark.pedantic(ours, rounds=3, iterations=1)
    finer = replace(equation, damped=4 * equation.damped)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spectral, "SAFETY", spectral.SAFETY / 4)
        truth = spectral.solve(finer, u0.double(), parameter, frames=FRAMES, dt=equation.dt)[:, 1:]
    errors = [nrmse(u[:, 1:].double(), truth) for u in (ours(), theirs_u)]
    benchmark.extra_info |= {"ratio_to_exponax": theirs / mine, "ratio_to_floor": mine / floor}
    print(
        f"\n{name}, {N} x {FRAMES} frames x {points} points: "
        f"ours {mine:.3f} s, {sum(taken)} substeps, error {errors[0]:.1e}; "
        f"exponax {theirs:.3f} s, {max(taken) * FRAMES} substeps, error {errors[1]:.1e}: {theirs / mine:.2f} times; "
        f"transforms alone {floor:.3f} s: {mine / floor:.2f} times the floor"
    )
    assert mine / floor < 4
    assert theirs / mine > 0.5
