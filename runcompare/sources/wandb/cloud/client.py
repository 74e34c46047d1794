"""Ask a W&B server through the real client, within our own deadline, and say what went wrong in our own words."""

import http.client
import json
import netrc
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runcompare.errors import (
    AuthError,
    MissingExtra,
    NetworkFailed,
    RuncompareError,
    RunNotFound,
    ServerFailed,
    TrackerError,
    UsageError,
)
from runcompare.sources.kit.http_errors import TRY_LATER, error_of_status

__all__ = ["Answer", "ask", "base_url", "deadline_s"]

CLOUD = "https://api.wandb.ai"
DEADLINE_S = 120.0
PROBE_S = 10.0
_VIEWER = json.dumps({"query": "query Viewer { viewer { id } }", "operationName": "Viewer"}).encode()
_LOG_IN = "Check WANDB_API_KEY, or run: wandb login"
_NOT_THERE = ("could not find", "not found", "does not exist")


def base_url() -> str:
    """The server that the user has chosen, the only one that gets the key. Raises UsageError if it is no address."""
    url = (os.environ.get("WANDB_BASE_URL") or CLOUD).rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        good = False
    if not good or any(c.isspace() for c in url):
        raise UsageError("WANDB_BASE_URL is no server's address.", hint="Write https://HOST, without a password.")
    return url


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
    _probe(key, ends)
    with tempfile.TemporaryDirectory(prefix="runcompare-wandb-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        body = {**request, "timeout": max(1, int(ends - time.monotonic()))}
        (folder / "request.json").write_text(json.dumps(body), encoding="utf-8")
        _work(folder, key, ends)
        failure = _failure(folder, key, ends)
        if failure is not None and not any((folder / name).exists() for name in ("runs.json", "run.json")):
            raise failure
        yield Answer(folder, failure)


def _key() -> str:
    key = os.environ.get("WANDB_API_KEY")
    if not key:
        try:
            found = netrc.netrc(os.environ.get("NETRC")).authenticators(urlsplit(base_url()).hostname or "")
            key = found[2] if found else None
        except (OSError, netrc.NetrcParseError):
            key = None
    if not key:
        raise AuthError(f"There is no login for {base_url()}.", hint="Set WANDB_API_KEY, or run: wandb login")
    return key


def _probe(key: str, ends: float) -> None:
    """Ask the server who we are: the client would hide why it can't. Tries again what another try may mend."""
    try:
        from tenacity import (
            Retrying,
            retry_if_exception_type,
            stop_after_attempt,
            stop_after_delay,
            wait_random_exponential,
        )
    except ImportError:
        raise MissingExtra("tenacity", "wandb") from None
    stop = stop_after_attempt(4) | stop_after_delay(max(0.0, ends - time.monotonic()))
    wait = wait_random_exponential(multiplier=0.2, max=max(0.2, min(10.0, (ends - time.monotonic()) / 4)))
    for attempt in Retrying(stop=stop, wait=wait, retry=retry_if_exception_type(TrackerError), reraise=True):
        with attempt:
            _who(key, max(0.5, min(PROBE_S, ends - time.monotonic())))


def _who(key: str, timeout: float) -> None:
    login = b64encode(f"api:{key}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {login}"}
    url = base_url()
    try:
        question = urllib.request.Request(f"{url}/graphql", _VIEWER, headers)
        with urllib.request.build_opener(_NoRedirect).open(question, timeout=timeout) as reply:
            body = json.loads(reply.read())
    except urllib.error.HTTPError as error:
        refused = error_of_status(error.code, url, _LOG_IN)
        raise refused or ServerFailed(f"{url} refused the question ({error.code}).", hint=TRY_LATER) from None
    except (ValueError, RecursionError, http.client.HTTPException):
        raise ServerFailed(f"{url} answered with something that is no answer.", hint=TRY_LATER) from None
    except OSError as error:
        why = getattr(error, "reason", error)
        raise NetworkFailed(
            f"{url} could not be reached: {why}.", hint="Check the network and WANDB_BASE_URL."
        ) from None
    data = body.get("data") if isinstance(body, dict) else None
    if not (data.get("viewer") if isinstance(data, dict) else None):
        raise AuthError(f"{url} does not know our key.", hint=_LOG_IN)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _work(folder: Path, key: str, ends: float) -> None:
    """Run the worker until it is done or time is up, then end it and what it started."""
    own = {"WANDB_API_KEY": key, "WANDB_BASE_URL": base_url(), "WANDB_SILENT": "true", "WANDB_CONSOLE": "off"}
    places = {name: str(folder) for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR", "WANDB_CONFIG_DIR")}
    env = {**os.environ, **own, **places, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-m", "runcompare.sources.wandb.cloud.worker", str(folder)]
    nothing = subprocess.DEVNULL
    worker = subprocess.Popen(command, env=env, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
    try:
        # the client may take seconds to end after its work is done
        while worker.poll() is None and time.monotonic() < ends and not (folder / "done.json").exists():
            time.sleep(0.05)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _failure(folder: Path, key: str, ends: float) -> RuncompareError | None:
    """Why the worker's answer is not whole; None if it is."""
    try:
        error = json.loads((folder / "done.json").read_text(encoding="utf-8"))["error"]
    except (OSError, ValueError):
        late = time.monotonic() >= ends
        why = "did not answer in time" if late else "could not be asked: W&B's client ended early"
        return NetworkFailed(f"{base_url()} {why}.", hint="Raise RUNCOMPARE_WANDB_DEADLINE, or try again later.")
    if error is None:
        return None
    text = str(error["text"]).replace(key, "***")
    if error["kind"] in ("ModuleNotFoundError", "ImportError"):
        return MissingExtra("wandb", "wandb")
    if any(words in text.lower() for words in _NOT_THERE):
        return RunNotFound(f"{base_url()} has no such run: {text[:200]}", hint="Check entity, project and id.")
    try:
        _who(key, max(0.5, min(PROBE_S, ends - time.monotonic())))
    except RuncompareError as found:
        return found
    return ServerFailed(f"{base_url()} failed: {text[:200]}", hint=TRY_LATER)
