import pytest
import torch

from runcompare.engine.config.schema import to_dict
from runcompare.engine.network.simulator import Simulator
from runcompare.engine.training import checkpoint
from runcompare.errors import DataError


def test_checkpoints_come_back_and_damage_is_noticed(simulator, tiny, tmp_path):
    path = tmp_path / "c.safetensors"
    checkpoint.save(path, simulator, to_dict(tiny()), "operator")
    other = Simulator(tiny())
    checkpoint.load(path, other)
    assert all(
        torch.equal(a, b) for a, b in zip(simulator.state_dict().values(), other.state_dict().values(), strict=True)
    )
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataError, match="damaged"):
        checkpoint.load(path, other)
    checkpoint.save(path, simulator, to_dict(tiny()), "operator")
    with pytest.raises(DataError, match="another configuration"):
        checkpoint.load(path, Simulator(tiny(latent__dim=4)))


def test_tensors_and_plain_data_come_back_to_the_bit(tmp_path):
    tensors = {"a": torch.randn(3, 2, dtype=torch.float64), "b": torch.arange(4, dtype=torch.uint8)}
    meta = {"epoch": 3, "best": 0.1 + 0.2, "none": None}
    checkpoint.write_tensors(tmp_path / "new" / "c.safetensors", tensors, meta)
    found = checkpoint.read_tensors(tmp_path / "new" / "c.safetensors")
    assert found.meta == meta
    assert all(torch.equal(found.tensors[k], tensors[k]) for k in tensors)
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["c.safetensors"]


def test_a_checkpoint_that_can_not_be_read_or_written_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="can't be read"):
        checkpoint.read_tensors(tmp_path / "none.safetensors")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="can't be written"):
        checkpoint.write_tensors(tmp_path / "file" / "c.safetensors", {}, {})
