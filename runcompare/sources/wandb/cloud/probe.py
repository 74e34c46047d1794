"""Questions of our own to a W&B server, within limits of time and size: does it know us, and why does it fail?"""

import http.client
import json
import os
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from runcompare.errors import (
    AuthError,
    MissingExtra,
    NetworkFailed,
    RuncompareError,
    ServerFailed,
    TrackerError,
    UsageError,
)
from runcompare.sources.kit.http_errors import TRY_LATER, error_of_status, seconds_to_wait

__all__ = ["LOG_IN", "asked_why", "base_url", "probe"]

CLOUD = "https://api.wandb.ai"
PROBE_S = 10.0
LARGEST = 2**20  # bytes of an answer to a question of our own
LAST_S = 3.0  # to ask why, when time is up
LOG_IN = "Check WANDB_API_KEY, or run: wandb login"
_VIEWER = {"query": "query Viewer { viewer { id } }", "operationName": "Viewer"}
_RUN = (
    "query Run($project: String!, $entity: String!, $name: String!) "
    "{ project(name: $project, entityName: $entity) { run(name: $name) { id } } }"
)

T = TypeVar("T")


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


class _Failed(Exception):
    """What another try may mend: our error for it, and how long the server asks us to wait."""

    def __init__(self, error: TrackerError, after: float | None = None) -> None:
        self.error, self.after = error, after


def probe(key: str, ends: float) -> None:
    """Ask the server who we are: the client would hide why it can't. Tries again what another try may mend, when the
    server says if it does, unless that is after our deadline."""
    try:
        import tenacity
    except ImportError:
        raise MissingExtra("tenacity", "wandb") from None
    left = max(0.0, ends - time.monotonic())
    guess = tenacity.wait_random_exponential(multiplier=0.2, max=max(0.2, min(10.0, left / 4)))

    def wait(state: tenacity.RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        after = failed.after if isinstance(failed, _Failed) else None
        return guess(state) if after is None else after

    stop = tenacity.stop_after_attempt(4) | tenacity.stop_before_delay(left)
    retry = tenacity.retry_if_exception_type(_Failed)
    try:
        for attempt in tenacity.Retrying(stop=stop, wait=wait, retry=retry, reraise=True):
            with attempt:
                _who(key, max(0.5, min(PROBE_S, ends - time.monotonic())))
    except _Failed as failed:
        raise failed.error from None


def _who(key: str, seconds: float) -> None:
    """Raises AuthError for a key that the server does not know, and as `_asked`."""
    data = _asked(_VIEWER, key, seconds)
    if not (data.get("viewer") if isinstance(data, dict) else None):
        raise AuthError(f"{base_url()} does not know our key.", hint=LOG_IN)


def _asked(question: Mapping[str, Any], key: str, seconds: float) -> Any:
    """The `data` of the server's answer. Raises AuthError, and _Failed for what another try may mend."""
    login = b64encode(f"api:{key}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {login}"}
    url = base_url()
    request = urllib.request.Request(f"{url}/graphql", json.dumps(question).encode(), headers)  # noqa: S310  (base_url)
    try:
        body = json.loads(_in_time(lambda: _body(request, seconds), seconds))
    except urllib.error.HTTPError as error:
        refused = error_of_status(error.code, url, LOG_IN)
        if isinstance(refused, AuthError):
            raise refused from None
        odd = ServerFailed(f"{url} refused the question ({error.code}).", hint=TRY_LATER)
        raise _Failed(
            refused if isinstance(refused, TrackerError) else odd, seconds_to_wait(error.headers.get("Retry-After"))
        ) from None
    except (ValueError, RecursionError, http.client.HTTPException):
        raise _Failed(ServerFailed(f"{url} answered with something that is no answer.", hint=TRY_LATER)) from None
    except OSError as error:
        why = getattr(error, "reason", error)
        hint = "Check the network and WANDB_BASE_URL."
        raise _Failed(NetworkFailed(f"{url} could not be reached: {why}.", hint=hint)) from None
    return body.get("data") if isinstance(body, dict) else None


def _body(request: urllib.request.Request, seconds: float) -> bytes:
    """Raises ValueError for an answer that is longer than any to our questions."""
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=seconds) as reply:
        body: bytes = reply.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ValueError("too long")
    return body


def _in_time(call: Callable[[], T], seconds: float) -> T:
    """What `call` returns or raises; TimeoutError after so many seconds: a server may send a byte at a time."""
    ended: list[T | BaseException] = []

    def work() -> None:
        try:
            ended.append(call())
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if not ended:
        raise TimeoutError("it did not answer in time")
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


def asked_why(key: str, ends: float, request: Mapping[str, Any]) -> RuncompareError | None:
    """What the server says to a question of our own, about the run if it is about one; None if it answers."""
    seconds = max(LAST_S, min(PROBE_S, ends - time.monotonic()))
    run = {"project": request.get("project"), "entity": request.get("entity"), "name": request.get("id")}
    try:
        _asked({"query": _RUN, "operationName": "Run", "variables": run} if run["name"] else _VIEWER, key, seconds)
    except _Failed as failed:
        return failed.error
    except RuncompareError as found:
        return found
    return None
