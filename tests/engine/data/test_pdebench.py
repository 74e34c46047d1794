import h5py
import numpy as np
import pytest
import torch

from runcompare.engine.config.schema import DataConfig
from runcompare.engine.data.dataset import load_data
from runcompare.engine.data.pdebench import check_pdebench
from runcompare.errors import DataError

KS = "kuramoto_sivashinsky"


@pytest.fixture
def pdebench(tmp_path):
    def write(name="1D_Burgers_Sols_Nu0.01.hdf5", u=None, drop=(), seed=0, **more):
        u = np.random.default_rng(seed).normal(size=(12, 9, 64)).astype("float32") if u is None else u
        columns = {
            "tensor": u,
            "x-coordinate": (np.arange(u.shape[-1]) + 0.5) / u.shape[-1],
            "t-coordinate": np.arange(u.shape[1] + 1) * 0.05,
        } | more.get("columns", {})
        with h5py.File(tmp_path / name, "w") as file:
            for key, value in columns.items():
                if key not in drop:
                    file[key] = value
        return tmp_path / name, u

    return write


def config(path, **more):
    return DataConfig(path=str(path), **{**dict(train=6, val=2, test=3, points=32, frames=4), **more})


def rows(data):
    return {r.tobytes() for r in torch.cat([data.train.u, data.val.u, data.test.u]).numpy()}


def test_a_file_is_read_as_it_is(pdebench):
    path, u = pdebench()
    d = load_data(config(path))
    wanted = u[:11, ::2, ::2]
    assert wanted.shape == (11, 5, 32)
    assert rows(d) == {np.ascontiguousarray(w).tobytes() for w in wanted}
    assert (d.train.parameter == 0.01).all()


@pytest.mark.parametrize(
    ("name", "equation", "parameter", "length"),
    [
        ("1D_Advection_Sols_beta0.4.hdf5", "advection", 0.4, 1.0),
        ("1D_Advection_Sols_beta7.0.hdf5", "advection", 7.0, 1.0),
        ("1D_Burgers_Sols_Nu1e-3.hdf5", "burgers", 1e-3, 1.0),
        ("1D_Burgers_Sols_Nu0.01_Train.h5", "burgers", 0.01, 1.0),
        ("1D_KS_Sols_L44.0.hdf5", KS, 44.0, 44.0),
        ("1D_KS.hdf5", KS, 50.0, 50.0),  # the grid tells
    ],
)
def test_the_parameter_is_in_the_name_or_the_grid(pdebench, name, equation, parameter, length):
    path, _ = pdebench(name, columns={"x-coordinate": length * np.arange(64) / 64})
    d = load_data(config(path, equation=equation))
    assert torch.allclose(d.test.parameter, torch.full((3,), parameter))


def test_a_grid_with_both_ends_is_accepted(pdebench):
    path, _ = pdebench(columns={"x-coordinate": np.linspace(0, 1, 64), "t-coordinate": np.arange(9) * 0.05})
    assert len(load_data(config(path)).train) == 6


def test_a_pattern_reads_equal_parts_of_several_files(pdebench, tmp_path):
    for i, nu in enumerate((0.001, 0.002, 0.004)):
        pdebench(f"1D_Burgers_Sols_Nu{nu}.hdf5", seed=i)
    d = load_data(config(tmp_path / "1D_Burgers_Sols_Nu*.hdf5"))
    nu = torch.cat([d.train.parameter, d.val.parameter, d.test.parameter])
    assert [int((nu == v).sum()) for v in (0.001, 0.002, 0.004)] == [4, 4, 3]
    assert len(d.train.parameter.unique()) > 1
    assert len(rows(d)) == 11


def test_one_bad_file_of_several_is_named(pdebench, tmp_path):
    pdebench("a_Nu0.1.hdf5")
    pdebench("b_Nu0.2.hdf5", drop=("tensor",))
    with pytest.raises(DataError, match=r"b_Nu0\.2\.hdf5 has no 'tensor'"):
        check_pdebench(config(tmp_path / "*_Nu*.hdf5"))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (dict(drop=("t-coordinate",)), "has no 't-coordinate'"),
        (dict(u=np.zeros((12, 9), "float32")), "has shape"),
        (dict(u=np.zeros((5, 9, 64), "float32")), "holds 5 trajectories"),
        (dict(u=np.zeros((0, 9, 64), "float32")), "holds 0 trajectories"),
        (dict(u=np.zeros((12, 9, 40), "float32")), r"not a multiple of data\.points"),
        (dict(u=np.zeros((12, 5, 64), "float32")), "At most 2"),
        (dict(u=np.full((12, 9, 64), np.nan, "float32")), "11 trajectories hold NaN"),
        (dict(u=np.full((12, 9, 64), 1e300)), "NaN or infinite"),
        (dict(columns={"tensor": np.full((12, 9, 64), b"x")}), "'tensor' holds no numbers"),
        (dict(columns={"tensor": np.ones((12, 9, 64), complex)}), "'tensor' holds no numbers"),
        (dict(columns={"t-coordinate": np.arange(9) * 0.07}), "0.07 apart"),
        (dict(columns={"t-coordinate": np.zeros(9)}), "0 apart"),
        (dict(columns={"t-coordinate": np.full(9, np.nan)}), "nan apart"),
        (dict(columns={"t-coordinate": np.array([0, 1, 2, 3, 5, 6, 7, 8, 9]) * 0.05}), "not evenly apart"),
        (dict(columns={"t-coordinate": 0.05}), "do not fit"),
        (dict(columns={"t-coordinate": np.zeros(12)}), "do not fit"),
        (dict(columns={"x-coordinate": np.arange(63) / 63}), "do not fit"),
        (dict(columns={"x-coordinate": np.arange(64) / 32}), "covers 2, the burgers equation's ring is 1"),
        (dict(name="1D_Burgers.hdf5"), "names no viscosity"),
        (dict(name="1D_Burgers_Nu1e-3e.hdf5"), "names no viscosity"),
        (dict(name="1D_Burgers_Nu-0.1.hdf5"), "above 0"),
        (dict(name="1D_Advection_Sols_beta0.4.hdf5"), r"Set data\.equation: advection"),
    ],
)
def test_files_that_do_not_fit_are_clear_errors(pdebench, spoil, says):
    path, _ = pdebench(**spoil)
    with pytest.raises(DataError, match=says):
        load_data(config(path))


def test_a_group_in_place_of_the_tensor_is_a_clear_error(pdebench):
    path, _ = pdebench(drop=("tensor",))
    with h5py.File(path, "a") as file:
        file.create_group("tensor/inside")
    with pytest.raises(DataError, match="'tensor' holds no numbers"):
        load_data(config(path))


def test_what_is_no_hdf5_file_is_a_clear_error(tmp_path):
    path = tmp_path / "x_Nu0.1.hdf5"
    path.write_text("no")
    with pytest.raises(DataError, match="can't be read as HDF5"):
        load_data(config(path))
    for nothing in (tmp_path, tmp_path / "*.h5", tmp_path / "[", "."):
        with pytest.raises(DataError, match="There is no file"):
            load_data(config(nothing))


def test_damaged_files_are_read_or_are_one_clear_error(pdebench, tmp_path):
    path, u = pdebench()
    raw, rng = path.read_bytes(), np.random.default_rng(0)
    head = raw.find(u.tobytes()[:64])
    failed = 0
    for _ in range(300):
        mutant = bytearray(raw)
        for at in rng.integers(0, head if rng.random() < 0.8 else len(raw), rng.integers(1, 9)):
            mutant[at] ^= 1 << int(rng.integers(8))
        if rng.random() < 0.2:
            mutant = mutant[: rng.integers(1, len(raw))]
        path.write_bytes(mutant)
        try:
            assert load_data(config(path)).train.u.shape == (6, 5, 32)
        except DataError:
            failed += 1
    assert failed > 50


def test_a_missing_file_is_known_before_anything_is_written(tmp_path):
    from runcompare.engine.config.read import parse_config
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
