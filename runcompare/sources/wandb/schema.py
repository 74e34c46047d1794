"""The part of W&B's record format that we read, as protobuf messages made at run time.

Only field numbers are fixed by the format; the names are ours. Texts are read as bytes, so that one bad character
doesn't cost a record, and history and summary stay undecoded until they are wanted.
"""

from functools import cache
from typing import Any

from runcompare.sources.kit.protobuf import messages

__all__ = ["message"]

_SCHEMA = {
    "Record": {
        "num": (1, "int64"),
        "history": (2, "bytes"),
        "summary": (3, "bytes"),
        "config": (5, "bytes"),
        "stats": (7, "bytes"),
        "metric": (12, "bytes"),
        "control": (16, "Control"),
        "run": (17, "bytes"),
        "exit": (18, "bytes"),
        "environment": (26, "bytes"),
    },
    "Items": {"items": (1, "*Item"), "removed": (2, "*Item")},
    "History": {"items": (1, "*Item"), "step": (2, "Step")},
    "Step": {"num": (1, "int64")},
    "Item": {
        "key": (1, "bytes"),
        "nested_key": (2, "*bytes"),
        "none": (3, "int32"),
        "boolean": (4, "bool"),
        "integer": (5, "sint64"),
        "number": (6, "double"),
        "text": (7, "bytes"),
        "json": (8, "bytes"),
        "value_json": (16, "bytes"),
    },
    "Run": {
        "id": (1, "bytes"),
        "entity": (2, "bytes"),
        "project": (3, "bytes"),
        "config": (4, "Items"),
        "summary": (5, "Items"),
        "group": (6, "bytes"),
        "job_type": (7, "bytes"),
        "name": (8, "bytes"),
        "notes": (9, "bytes"),
        "tags": (10, "*bytes"),
        "sweep": (12, "bytes"),
        "start_time": (17, "Timestamp"),
        "git": (21, "Git"),
    },
    "Git": {"remote": (1, "bytes"), "commit": (2, "bytes")},
    "Timestamp": {"seconds": (1, "int64"), "nanos": (2, "int32")},
    "Stats": {"timestamp": (2, "Timestamp"), "items": (3, "*StatsItem")},
    "StatsItem": {"key": (1, "bytes"), "value_json": (16, "bytes")},
    "Control": {"mailbox_slot": (4, "bytes")},
    "Metric": {
        "name": (1, "bytes"),
        "glob_name": (2, "bytes"),
        "step_metric": (4, "bytes"),
        "summary": (7, "Kept"),
        "goal": (8, "int32"),
    },
    "Kept": {"min": (1, "bool"), "max": (2, "bool"), "mean": (3, "bool"), "best": (4, "bool"), "first": (8, "bool")},
    "Exit": {"exit_code": (1, "int32"), "runtime": (2, "int32")},
    "Environment": {
        "os": (1, "bytes"),
        "python": (2, "bytes"),
        "args": (5, "*bytes"),
        "program": (6, "bytes"),
        "git": (9, "Git"),
        "cpu_count": (16, "uint32"),
        "cpu_count_logical": (17, "uint32"),
        "gpu_type": (18, "bytes"),
        "gpu_count": (19, "uint32"),
        "cpu": (22, "Cpu"),
        "apple": (23, "Apple"),
        "gpu_nvidia": (24, "*Gpu"),
        "gpu_amd": (26, "*Amd"),
        "tpu": (29, "Tpu"),
    },
    "Cpu": {"model": (3, "bytes")},
    "Apple": {"name": (1, "bytes"), "gpu_cores": (4, "uint32")},
    "Gpu": {"name": (1, "bytes")},
    "Tpu": {"name": (1, "bytes"), "count": (4, "uint32")},
    "Amd": {"series": (8, "bytes"), "model": (9, "bytes")},
}


@cache
def message(name: str) -> Any:
    """The message class of that name; `Class.FromString(data)` decodes."""
    return messages("wandb", _SCHEMA)[name]
