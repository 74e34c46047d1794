"""The hardware and the code version of a run, as logged."""

import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

__all__ = ["git_state", "hardware"]


def hardware(device: torch.device, world_size: int = 1) -> dict[str, Any]:
    """The hardware that a run uses: accelerator name and count, CPU name and number of threads used.

    Args:
        device: This process's device.
        world_size: Number of processes, each with a device of its own.
    """
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
    """The working directory's commit, and whether tracked files differ from it; empty outside a git checkout."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=True, timeout=10)
        return done.stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError):
        return {}
