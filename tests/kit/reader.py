"""A reader who types what the help and the documentation show: their folder, and a shell in it."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click

from runcompare import Recorder
from runcompare.cli import cli

ROOT = Path(__file__).parents[2]
LONG = bool(os.environ.get("RUNCOMPARE_LONG"))  # also what trains for longer than seconds
# signs of commands that train for minutes, or that start several processes of torch
TAKES_LONG = re.compile(
    r"torchrun|--verify|--until-decided|--jobs 2|--set |ablate (?!.*--plan-only)|"
    r"train examples/(?!short\.yaml --seed 7)|replicate (?!new\.yaml --seeds)"
)
# what stands for the reader's own servers, clusters and machines
THEIRS = re.compile(r"s3:|\bHOST\b|entity/project|wandb://|mlflow\+|https?://|--ray|\bFOLDER\b|\bPROJECT\b|/path/to/")
TRAINER = """\
import sys
from runcompare import Recorder
seed, out = sys.argv[2], sys.argv[4]
with Recorder(out, group="new", config={"seed": int(seed)}) as log:
    log.log({"val/loss": 1 + int(seed) / 100})
"""
WANDB = """\
import wandb
for name, lr in (("OLD", 0.1), ("NEW", 0.2)):
    for seed in range(2):
        config = {"lr": lr, "seed": seed}
        with wandb.init(project="mine", group=name, config=config, mode="offline", dir="project") as run:
            for step in range(10):
                run.log({"val/loss": (1 + seed / 50) / (1 + lr * step)})
"""


def settle(folder: Path) -> Path:
    """Make a folder like the checkout for who types there, with files that stand for the reader's own; returns it."""
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "runcompare.toml").write_text('runs = ["examples/runs", "runs"]\n')
    (folder / "pyproject.toml").write_text("[project]\nname = 'mine'\n")
    (folder / "train.py").write_text(TRAINER)
    short = (ROOT / "examples" / "short.yaml").read_text()
    (folder / "old.yaml").write_text(short.replace("name: short", "name: old"))
    (folder / "new.yaml").write_text(short.replace("name: short", "name: new").replace("2.0e-3", "1.0e-4"))
    (folder / "config.yaml").write_text((ROOT / "examples" / "v3.yaml").read_text())
    _tables(folder)
    _groups(folder / "runs")
    (folder / "bin").mkdir()
    for name, words in (("runcompare", " -m runcompare"), ("python", "")):
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
        program.chmod(0o755)
    return folder


def _tables(folder: Path) -> None:
    import polars as pl

    for name, level in (("new", 1.0), ("old", 1.2)):
        rows = [(step, level / step + 0.1) for step in range(1, 9)]
        (folder / f"{name}.csv").write_text("step,val/loss\n" + "".join(f"{a},{b}\n" for a, b in rows))
        (folder / f"{name}.log").write_text("".join(f"step {a} loss {b}\n" for a, b in rows))
        pl.DataFrame(rows, schema=["step", "val/loss"], orient="row").write_parquet(folder / f"{name}.parquet")
    sweep = [f"r{run},{step},{run / step}" for run in (1, 2) for step in range(1, 9)]
    (folder / "sweep.csv").write_text("\n".join(["run,step,val/loss", *sweep]) + "\n")


def _groups(folder: Path) -> None:
    """NEW and OLD, a RUN, and two groups on two tasks."""
    for group, seeds, level in (("NEW", 3, 1.0), ("OLD", 3, 1.2), ("RUN", 1, 1.1)):
        for seed in range(seeds):
            config = {"seed": seed, "lr": 0.1 if group == "OLD" else 0.2}
            with Recorder(folder / f"{group}-{seed}", group=group, config=config) as log:
                for step in range(1, 9):
                    log.log({"val/loss": (3 + seed / 50) * level / step})
    for group, level in (("ppo", 100), ("sac", 120)):
        for env in ("Hopper", "Walker"):
            for seed in range(3):
                config = {"seed": seed, "env": env, "algo": group}
                with Recorder(folder / f"{group}-{env}-{seed}", group=group, config=config) as log:
                    log.log({"eval/return": float(level + seed + level * (env == "Walker") / 9)})


def log_to_wandb(folder: Path) -> None:
    """Four runs in two groups by the real client, offline, in `project/wandb`."""
    (folder / "project").mkdir()
    done = typed(f"python -c {shlex.quote(WANDB)}", folder)
    assert done.returncode == 0, done.stderr


def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line in bash, with `runcompare` on the path."""
    path = os.pathsep.join((str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
    # without the address of the W&B service of the tests' own process, which would take the run and write it nowhere
    env = {name: value for name, value in os.environ.items() if not name.startswith(("RUNCOMPARE_", "WANDB_"))}
    env |= {"HOME": str(folder), "PATH": path, "PYTHONPATH": str(ROOT), "WANDB_MODE": "offline", "COLUMNS": "120"}
    return subprocess.run(["bash", "-ec", line], cwd=folder, env=env, capture_output=True, text=True)


def parses(line: str) -> bool:
    """Whether a command of ours is one that the program knows, options included. Nothing is run."""
    words = shlex.split(line, comments=True)
    if "runcompare" not in words:
        return True
    words = words[words.index("runcompare") + 1 :]
    try:
        with click.Context(cli, info_name="runcompare") as ctx:
            name, command, rest = cli.resolve_command(ctx, words)
            command.make_context(name, list(rest), parent=ctx, resilient_parsing=False)
    except click.exceptions.Exit:
        return True
    except click.ClickException:
        return False
    return True
