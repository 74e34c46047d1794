"""Ask a W&B server through the real client, within our own deadline, and say what went wrong in our own words."""

import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcompare.errors import (
    AuthError,
    MissingExtra,
    NetworkFailed,
    RuncompareError,
    RunNotFound,
    ServerFailed,
    UsageError,
)
from runcompare.sources.kit.http_errors import TRY_LATER, error_of_status
from runcompare.sources.wandb.cloud.login import login
from runcompare.sources.wandb.cloud.probe import LOG_IN, asked_why, base_url, probe
from runcompare.sources.wandb.cloud.process import work

__all__ = ["Answer", "ask", "base_url", "deadline_s"]

DEADLINE_S = 120.0
_STATUS = re.compile(r"returned error (\d{3})\b")  # so does W&B's client tell of a server's answer
_NOT_THERE = ("could not find", "not found", "does not exist")


def deadline_s() -> float:
    """Seconds that one question may take in all: RUNCOMPARE_WANDB_DEADLINE. Raises UsageError."""
    stated = os.environ.get("RUNCOMPARE_WANDB_DEADLINE", str(DEADLINE_S))
    try:
        seconds = float(stated)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e6:
        raise UsageError(f"RUNCOMPARE_WANDB_DEADLINE is '{stated}'.", hint="Give a number of seconds.")
    return seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """The folder of the worker's files, and why they are not all that was asked for; None if they are."""

    folder: Path
    failure: RuncompareError | None

    def whole(self) -> Path:
        """The folder. Raises the failure if there is one."""
        if self.failure is not None:
            raise self.failure
        return self.folder


@contextmanager
def ask(request: Mapping[str, Any]) -> Iterator[Answer]:
    """The worker's answer; its folder goes at the end.

    Raises AuthError, RateLimited, ServerFailed, NetworkFailed, RunNotFound or MissingExtra if there is no answer.
    """
    ends = time.monotonic() + deadline_s()
    key = _key()
    probe(key, ends)
    with tempfile.TemporaryDirectory(prefix="runcompare-wandb-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        body = {**request, "timeout": max(1, int(ends - time.monotonic()))}
        (folder / "request.json").write_text(json.dumps(body), encoding="utf-8")
        work(folder, key, ends)
        failure = _failure(folder, key, ends, request)
        if failure is not None and not any((folder / name).exists() for name in ("runs.json", "run.json")):
            raise failure
        yield Answer(folder, failure)


def _key() -> str:
    found = login()
    if found is None:
        raise AuthError(f"There is no login for {base_url()}.", hint="Set WANDB_API_KEY, or run: wandb login")
    return found.key


def _failure(folder: Path, key: str, ends: float, request: Mapping[str, Any]) -> RuncompareError | None:
    """Why the worker's answer is not whole; None if it is."""
    try:
        error = json.loads((folder / "done.json").read_text(encoding="utf-8"))["error"]
    except (OSError, ValueError):
        late = time.monotonic() >= ends
        why = "did not answer in time" if late else "could not be asked: W&B's client ended early"
        hint = "Raise RUNCOMPARE_WANDB_DEADLINE, or try again later."
        return asked_why(key, ends, request) or NetworkFailed(f"{base_url()} {why}.", hint=hint)
    if error is None:
        return None
    text = str(error["text"]).replace(key, "***")
    if error["kind"] in ("ModuleNotFoundError", "ImportError"):
        return MissingExtra("wandb", "wandb")
    status = _STATUS.search(text)
    if status and (refused := error_of_status(int(status[1]), base_url(), LOG_IN)):
        return refused
    if any(words in text.lower() for words in _NOT_THERE):
        return RunNotFound(f"{base_url()} has no such run: {text[:200]}", hint="Check entity, project and id.")
    found = asked_why(key, ends, request)
    return found or ServerFailed(f"{base_url()} failed: {text[:200]}", hint=TRY_LATER)
