import h5py
import numpy as np
import pytest
import torch

from runcompare.engine.data import load_data
from runcompare.engine.metrics import nrmse
from runcompare.engine.schema import DataConfig
from runcompare.engine.spectral import initial_conditions, solve_burgers
from runcompare.errors import DataError

SMALL = DataConfig(train=6, val=2, test=3, points=32, frames=4)


def burgers(points, refine, frames=5, n=6):
    g = torch.Generator().manual_seed(0)
    u0 = initial_conditions(n, 2048, g)[:, :: 2048 // (points * refine)]
    nu = torch.logspace(-3, -2, n)
    return solve_burgers(u0, nu, frames, 0.1)[:, :, ::refine]


def test_solver_converges_to_a_refined_reference():
    reference = burgers(64, 32)[:, 1:]
    errors = [nrmse(burgers(64, refine)[:, 1:], reference) for refine in (4, 8, 16)]
    assert errors[1] < errors[0] / 4
    assert errors[2] < 2e-4


def test_solver_keeps_mass_and_loses_energy():
    u = burgers(256, 1)  # the solver's own grid: means of a coarser one alias
    assert torch.allclose(u.mean(-1), u[:, :1].mean(-1).expand(-1, 6), atol=1e-5)
    assert (u.square().mean(-1).diff(dim=1) < 1e-6).all()


def test_a_steep_start_does_not_blow_up():
    u0 = 3 * initial_conditions(2, 256, torch.Generator().manual_seed(1))
    assert torch.isfinite(solve_burgers(u0, torch.full((2,), 1e-3), 10, 0.1)).all()


def test_the_same_config_gives_the_same_bits_and_fingerprint():
    a, b = load_data(SMALL), load_data(SMALL)
    assert torch.equal(a.train.u, b.train.u)
    assert a.fingerprint == b.fingerprint
    other = DataConfig(train=6, val=2, test=3, points=32, frames=4, seed=1)
    assert load_data(other).fingerprint != a.fingerprint


def test_splits_do_not_share_trajectories():
    d = load_data(SMALL)
    firsts = torch.cat([d.train.u[:, 0], d.val.u[:, 0], d.test.u[:, 0]])
    assert len(torch.unique(firsts, dim=0)) == len(firsts)


@pytest.fixture
def pdebench(tmp_path):
    def write(name="1D_Burgers_Sols_Nu0.01.hdf5", u=None, drop=(), times=None):
        u = np.random.default_rng(0).normal(size=(12, 9, 64)).astype("float32") if u is None else u
        columns = {
            "tensor": u,
            "x-coordinate": np.linspace(0, 1, u.shape[-1], endpoint=False),
            "t-coordinate": np.arange(u.shape[1] + 1) * 0.05 if times is None else times,
        }
        with h5py.File(tmp_path / name, "w") as file:
            for key, value in columns.items():
                if key not in drop:
                    file[key] = value
        return tmp_path / name, u

    return write


def config(path, **more):
    return DataConfig(path=str(path), **{**dict(train=6, val=2, test=3, points=32, frames=4), **more})


def test_a_pdebench_file_is_read_as_it_is(pdebench):
    path, u = pdebench()
    d = load_data(config(path))
    read = torch.cat([d.train.u, d.val.u, d.test.u]).numpy()
    wanted = u[:11, ::2, ::2]
    assert read.shape == (11, 5, 32)
    assert {r.tobytes() for r in read} == {np.ascontiguousarray(w).tobytes() for w in wanted}
    assert (d.train.nu == 0.01).all()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (dict(drop=("t-coordinate",)), "has no 't-coordinate'"),
        (dict(u=np.zeros((12, 9), "float32")), "has shape"),
        (dict(u=np.zeros((5, 9, 64), "float32")), "holds 5 trajectories"),
        (dict(u=np.zeros((12, 9, 40), "float32")), "not a multiple of data.points"),
        (dict(u=np.zeros((12, 5, 64), "float32")), "At most 2"),
        (dict(u=np.full((12, 9, 64), np.nan, "float32")), "NaN"),
        (dict(times=np.arange(9) * 0.07), "0.07 apart"),
        (dict(times=np.zeros(9)), "0 apart"),
        (dict(name="1D_Burgers.hdf5"), "names no viscosity"),
    ],
)
def test_files_that_do_not_fit_are_clear_errors(pdebench, spoil, says):
    path, _ = pdebench(**spoil)
    with pytest.raises(DataError, match=says):
        load_data(config(path))


def test_a_file_that_is_not_hdf5_is_a_clear_error(tmp_path):
    path = tmp_path / "x_Nu0.1.hdf5"
    path.write_text("no")
    with pytest.raises(DataError, match="can't be read as HDF5"):
        load_data(config(path))


def test_a_missing_file_is_known_before_anything_is_written(tmp_path):
    from runcompare.engine.config import parse_config
    from runcompare.engine.pipeline import train

    with pytest.raises(DataError, match="There is no file"):
        train(parse_config({"data": {"path": str(tmp_path / "none_Nu0.1.hdf5")}}), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_pdebench_file_trains(pdebench, tiny, tmp_path):
    from runcompare.engine.pipeline import train

    u = np.random.default_rng(0).normal(size=(70, 9, 64)).astype("float32")
    path, _ = pdebench(u=u)
    one = {f"stages__{s}__epochs": 1 for s in ("autoencoder", "operator", "diff_residual", "consistency_distill")}
    _, summary = train(tiny(data__path=str(path), data__frames=4, **one), tmp_path / "run", use_wandb=False)
    assert summary["eval/persistence_nrmse"] > 1
    assert str(tmp_path) not in (tmp_path / "run" / "record.jsonl").read_text()
