"""Whose key asks W&B's server? That of WANDB_API_KEY, else that of the netrc file; nobody is asked for one."""

import netrc
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from runcompare.sources.wandb.cloud.probe import base_url

__all__ = ["Login", "login"]


@dataclass(frozen=True, slots=True)
class Login:
    """A key, which no `repr` shows, and where it was found."""

    key: str = field(repr=False)
    place: str


def login() -> Login | None:
    """The login for the server in use, or None."""
    if key := os.environ.get("WANDB_API_KEY"):
        return Login(key, "WANDB_API_KEY")
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(urlsplit(base_url()).hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    return Login(found[2], "the netrc file") if found and found[2] else None
