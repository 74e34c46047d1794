"""A W&B run beside the durable record: offline unless the user has logged in. A W&B failure is a note on stderr."""

import netrc
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

__all__ = ["start_wandb", "wandb_mode"]

Mode = Literal["online", "offline", "disabled"]


def start_wandb(folder: Path, identity: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    """Start a W&B run.

    Args:
        folder: Where W&B writes its files.
        identity: The run's id, name and group, and its project and tags where it has any.
        config: The configuration to log.

    Returns:
        W&B's run object; None if its client is not installed, does not start or is disabled.
    """
    mode = wandb_mode()
    if mode == "disabled":
        return None
    try:
        import wandb
    except ImportError:
        _note("wandb is not installed; the run is in the record only.")
        return None
    attempts: tuple[Mode, ...] = ("online", "offline") if mode == "online" else ("offline",)
    for attempt in attempts:
        try:
            return wandb.init(
                project=identity.get("project") or "runcompare",
                id=identity["id"],
                name=identity["name"],
                group=identity["group"],
                tags=list(identity.get("tags", ())),
                config=dict(config),
                dir=str(folder),
                mode=attempt,
                settings=_nameless(wandb),
            )
        except (wandb.Error, OSError) as error:
            _note(f"W&B {attempt} can't start: {' '.join(str(error).split())}")
    return None


def wandb_mode() -> Mode:
    """WANDB_MODE where it is set, else online for who has logged in, else offline. Never asks for a key."""
    asked = os.environ.get("WANDB_MODE", "").lower()
    if asked == "disabled":
        return "disabled"
    if asked in ("offline", "dryrun"):  # dryrun is the word's old form
        return "offline"
    if not _logged_in():
        if asked == "online":
            _note("WANDB_MODE is online but there is no login; the W&B run is written offline.")
        return "offline"
    return "online"


def _logged_in() -> bool:
    if os.environ.get("WANDB_API_KEY"):
        return True
    server = urlsplit(os.environ.get("WANDB_BASE_URL") or "https://api.wandb.ai").hostname
    try:
        return server in netrc.netrc(os.environ.get("NETRC")).hosts
    except (OSError, netrc.NetrcParseError):
        return False


def _nameless(wandb: Any) -> Any:
    """Settings that keep host, user, paths and arguments out of W&B's files; the config names the hardware."""
    return wandb.Settings(
        console="off", disable_git=True, disable_code=True, save_code=False, silent=True, x_disable_meta=True,
        host="", username="", program="runcompare", program_relpath="", program_abspath="", x_save_requirements=False,
    )  # fmt: skip


def _note(text: str) -> None:
    print(f"runcompare: {text}", file=sys.stderr)
