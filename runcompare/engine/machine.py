"""What a run used and which code it ran, as logged."""

import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

__all__ = ["git_state", "hardware"]


def hardware(device: torch.device, world_size: int = 1) -> dict[str, Any]:
    """What the run uses, as logged: accelerator name and count, or the CPU and the threads taken of it."""
    on_gpu = device.type == "cuda"
    return {
        "accelerator": torch.cuda.get_device_name(device) if on_gpu else None,
        "accelerator_count": world_size if on_gpu else 0,
        "cpu": _cpu_name(),
        "cpu_count": torch.get_num_threads(),
        "world_size": world_size,
        "torch": str(torch.__version__),
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def git_state() -> dict[str, Any]:
    """The commit that the code was at and whether it was changed since; empty outside a checkout."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=True, timeout=10)
        return done.stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError):
        return {}
