"""Weights as safetensors, the rest as plain data in its header; written whole or not at all."""

import json
import os
import zlib
from pathlib import Path

from torch import Tensor

from runcompare.engine.model import Simulator
from runcompare.engine.schema import EngineConfig, to_dict
from runcompare.errors import DataError

__all__ = ["load", "save"]


def save(path: Path, simulator: Simulator, config: EngineConfig, stage: str) -> None:
    """Write the simulator after `stage` under a temporary name, sync, rename. Raises DataError if the disk won't."""
    from safetensors.torch import save as to_bytes

    header = {"stage": stage, "config": json.dumps(to_dict(config))}
    blob = to_bytes({k: v.contiguous().cpu() for k, v in simulator.state_dict().items()}, metadata=header)
    temporary = path.with_name(f".{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(blob)
            file.write(zlib.crc32(blob).to_bytes(4, "little"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise DataError(f"The checkpoint {path} can't be written: {error.strerror}.", hint="Free some space.") from None


def load(path: Path, simulator: Simulator) -> None:
    """Read weights into `simulator`. Raises DataError for a damaged file or one of another configuration."""
    from safetensors.torch import load as from_bytes

    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"The checkpoint {path} can't be read: {error.strerror}.") from None
    blob, checksum = raw[:-4], int.from_bytes(raw[-4:], "little")
    if len(raw) < 4 or zlib.crc32(blob) != checksum:
        raise DataError(f"The checkpoint {path} is damaged: its checksum is wrong.", hint="Take an earlier one.")
    weights: dict[str, Tensor] = from_bytes(blob)
    try:
        simulator.load_state_dict(weights)
    except RuntimeError as error:
        detail = str(error).splitlines()[-1].strip()
        raise DataError(f"The checkpoint {path} is of another configuration: {detail}.") from None
