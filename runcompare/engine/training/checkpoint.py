"""Weights and states as safetensors files with a checksum: written whole or not at all, read back to the bit.

Any safetensors reader opens them. The checksum, CRC-32 of the file with eight zeros in its own place, is a field of
the header's metadata.
"""

import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from runcompare.errors import DataError
from runcompare.records.atomic import make_folder, write_whole

__all__ = ["Checkpoint", "load", "read_tensors", "save", "write_tensors"]

_BLANK = b"00000000"
_CHECKSUM = re.compile(rb'"crc32":"([0-9a-f]{8})"')


class Checkpoint(NamedTuple):
    """A file's tensors by name, and its plain data."""

    tensors: dict[str, Tensor]
    meta: dict[str, Any]


def save(path: Path, module: nn.Module, config: Mapping[str, Any], stage: str) -> None:
    """Write the weights after `stage`. Raises DataError if they can't be written."""
    write_tensors(path, dict(module.state_dict()), {"stage": stage, "config": config})


def load(path: Path, module: nn.Module) -> None:
    """Read weights into `module`. Raises DataError for a damaged file or one of another configuration."""
    try:
        module.load_state_dict(read_tensors(path).tensors)
    except RuntimeError as error:
        detail = str(error).splitlines()[-1].strip()
        raise DataError(f"The checkpoint {path} is of another configuration: {detail}.") from None


def write_tensors(path: Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Write tensors and plain data, whole or not at all. Raises DataError if they can't be written."""
    from safetensors.torch import save as to_bytes

    header = {"meta": json.dumps(meta), "crc32": _BLANK.decode()}
    blob = to_bytes({k: v.detach().contiguous().cpu() for k, v in tensors.items()}, metadata=header)
    place = _checksum_place(blob)
    assert place is not None
    blob = blob[: place.start] + b"%08x" % zlib.crc32(blob) + blob[place.stop :]
    try:
        make_folder(path.parent)
        write_whole(path, blob, only_writer=True)
    except OSError as error:
        raise DataError(f"The checkpoint {path} can't be written: {error.strerror}.", hint="Free some space.") from None


def read_tensors(path: Path) -> Checkpoint:
    """A checkpoint, on the CPU. Raises DataError for a file that can't be read or is not as it was written."""
    from safetensors import safe_open
    from safetensors.torch import load as from_bytes

    try:
        blob = path.read_bytes()
    except OSError as error:
        raise DataError(f"The checkpoint {path} can't be read: {error.strerror}.") from None
    place = _checksum_place(blob)
    if place is None or zlib.crc32(blob[: place.start] + _BLANK + blob[place.stop :]) != int(blob[place], 16):
        raise DataError(f"The checkpoint {path} is damaged: its checksum is wrong.", hint="Take an earlier one.")
    with safe_open(path, "pt") as opened:
        meta: dict[str, Any] = json.loads(opened.metadata()["meta"])
    return Checkpoint(from_bytes(blob), meta)


def _checksum_place(blob: bytes) -> slice | None:
    """Where the checksum's digits are in the header."""
    size = int.from_bytes(blob[:8], "little")
    found = _CHECKSUM.search(blob, 8, min(len(blob), 8 + size))
    return slice(*found.span(1)) if found else None
