"""Requests to an MLflow tracking server: deadline, retries, credentials, and our errors for its answers.

Credentials (`MLFLOW_TRACKING_TOKEN`, else `MLFLOW_TRACKING_USERNAME` and `_PASSWORD`) go to the server that
`MLFLOW_TRACKING_URI` names and to no other; redirects are not followed. Nothing of a server's answer is repeated
but its error code.
"""

import json
import os
import re
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from runcompare.errors import (
    MissingExtra,
    NetworkFailed,
    RunNotFound,
    ServerFailed,
    TrackerError,
    UnreadableRun,
    UsageError,
)
from runcompare.sources.kit.http_errors import TRY_LATER, error_of_status, seconds_to_wait

if TYPE_CHECKING:
    import tenacity
    import urllib3

__all__ = ["DEADLINE_S", "Api", "Origin", "origin"]

DEADLINE_S = 60.0  # for one request with its retries
_ATTEMPTS = 5
_SILENCE_S = 20.0  # without a byte
_LONGEST_PAUSE_S = 8.0
_LARGEST = 2**29  # bytes of one answer
_CODE = re.compile(r"[A-Z_]{3,60}")
_PORTS = {"http": 80, "https": 443}
_LOG_IN = (
    "Set MLFLOW_TRACKING_URI to this server, and MLFLOW_TRACKING_TOKEN or MLFLOW_TRACKING_USERNAME and "
    "MLFLOW_TRACKING_PASSWORD."
)


class _Failed(Exception):
    """What another try may mend: our error for it, and how long the server asks us to wait."""

    def __init__(self, error: TrackerError, after: float | None = None) -> None:
        self.error, self.after = error, after


class Api:
    """One server, asked by many threads. `base` is its URL up to `/api`.

    The methods return the answer's JSON object. They raise AuthError, RunNotFound, RateLimited, ServerFailed and
    NetworkFailed; MissingExtra without urllib3 and tenacity.
    """

    def __init__(self, base: str, deadline_s: float = DEADLINE_S) -> None:
        try:
            import tenacity  # noqa: F401
            import urllib3
        except ImportError as error:
            raise MissingExtra(error.name or "urllib3", "mlflow-server") from None
        self.base = base.rstrip("/")
        self.deadline_s = deadline_s
        certificates = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or None
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, ca_certs=certificates)
        self._headers = {"Accept": "application/json", **_credentials(self.base)}

    def get(self, path: str, **fields: str | int) -> dict[str, Any]:
        return self._ask("GET", f"{path}?{urlencode(fields)}", None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        import tenacity

        end = time.monotonic() + self.deadline_s
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Failed),
            stop=tenacity.stop_after_attempt(_ATTEMPTS) | tenacity.stop_before_delay(self.deadline_s),
            wait=_pause,
            reraise=True,
        )
        try:
            return dict(retrying(self._once, method, f"{self.base}/api/2.0/mlflow/{path}", body, end))
        except _Failed as failed:
            raise failed.error from None

    def _once(self, method: str, url: str, body: bytes | None, end: float) -> dict[str, Any]:
        import urllib3

        left = max(end - time.monotonic(), 0.05)
        timeout = urllib3.Timeout(connect=min(10.0, left), read=min(_SILENCE_S, left))
        headers = {**self._headers, "Content-Type": "application/json"} if body else self._headers
        try:
            answer = self._pool.request(
                method, url, body=body, headers=headers, timeout=timeout, preload_content=False, redirect=False
            )
            raw = _body(answer, end)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _Failed(NetworkFailed(f"{self.base} can't be reached: {_why(error)}.", hint=TRY_LATER)) from None
        return self._checked(answer.status, answer.headers.get("Retry-After"), raw)

    def _checked(self, status: int, after: str | None, raw: bytes) -> dict[str, Any]:
        error = error_of_status(status, self.base, _LOG_IN)
        if isinstance(error, TrackerError):
            raise _Failed(error, seconds_to_wait(after))
        if error is not None:
            raise error
        found = _object(raw)
        if status == 200 and found is not None:
            return found
        code = str((found or {}).get("error_code", ""))
        if code == "RESOURCE_DOES_NOT_EXIST":
            raise RunNotFound(f"{self.base} has no such run or experiment.")
        if status == 200:
            raise _Failed(ServerFailed(f"{self.base} gave an answer that is no JSON object.", hint=TRY_LATER))
        shown = f", {code}" if _CODE.fullmatch(code) else ""
        raise ServerFailed(f"{self.base} refused the question ({status}{shown}).", hint="Is it an MLflow server?")


class Origin(NamedTuple):
    """Whom a URL asks: credentials for one origin go to no other."""

    scheme: str
    host: str
    port: int | None


def origin(url: str) -> Origin:
    """Raises ValueError for a port that is none."""
    parts = urlsplit(url)
    return Origin(parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme))


def _credentials(base: str) -> dict[str, str]:
    """The header for the user's own server, none for any other. Raises UsageError for what can't be sent."""
    try:
        if origin(os.environ.get("MLFLOW_TRACKING_URI", "")) != origin(base):
            return {}
    except ValueError:
        return {}
    token, user = (os.environ.get(f"MLFLOW_TRACKING_{name}", "").strip() for name in ("TOKEN", "USERNAME"))
    if token and not (token.isascii() and token.isprintable()):
        raise UsageError("MLFLOW_TRACKING_TOKEN holds characters that can't be sent.")
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user:
        pair = f"{user}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    return {}


def _pause(state: "tenacity.RetryCallState") -> float:
    """Seconds until the next try: what the server asks for, else a little more each time."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Failed) and error.after is not None:
        return error.after
    return float(min(0.25 * 2**state.attempt_number, _LONGEST_PAUSE_S))


def _body(answer: "urllib3.BaseHTTPResponse", end: float) -> bytes:
    """The whole body. A server that goes on sending a byte now and then is cut off at `end`."""
    parts, size = [], 0
    try:
        while part := answer.read1(2**16):
            parts.append(part)
            size += len(part)
            if time.monotonic() > end:
                raise TimeoutError
            if size > _LARGEST:
                raise UnreadableRun(f"The server's answer is longer than {_LARGEST:,} bytes.")
    except BaseException:
        answer.close()  # what is left of it must not be taken for the next answer
        raise
    answer.release_conn()
    return b"".join(parts)


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _why(error: Exception) -> str:
    """The kind of failure only: its text may hold what was sent."""
    import urllib3.exceptions as kinds

    if isinstance(error, kinds.SSLError):
        return "its certificate or encryption is not accepted"
    if isinstance(error, kinds.NameResolutionError):
        return "no such host"
    if isinstance(error, kinds.NewConnectionError):
        return "it takes no connection"
    timeout = isinstance(error, kinds.TimeoutError | TimeoutError)
    return "no answer in time" if timeout else "the connection broke"
