"""What may go wrong at a W&B server, and what a pull may then say: the fault, when it strikes, and the outcome."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from wandb_server import Fault, Handler, status

from runcompare.errors import AuthError, NetworkFailed, RateLimited, ServerFailed

__all__ = ["CASES", "Case"]


def drip(handler: Handler, operation: str) -> bool:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(600):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            break
        time.sleep(0.1)
    handler.close_connection = True
    return True


def huge(handler: Handler, operation: str) -> bool:
    """Spaces without end; a client that takes them all runs out of memory."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(1 << 14):
            handler.wfile.write(b" " * (1 << 16))
    except OSError:
        pass
    handler.close_connection = True
    return True


def silent(handler: Handler, operation: str) -> bool:
    time.sleep(30)
    return True


def reset(handler: Handler, operation: str) -> bool:
    handler.close_connection = True
    handler.connection.close()
    return True


def cut(handler: Handler, operation: str) -> bool:
    handler.reply(200, b'{"data": {"project": {"run"')
    return True


def no_json(handler: Handler, operation: str) -> bool:
    handler.reply(200, b"<html>busy</html>", {"Content-Type": "text/html"})
    return True


def much_later(handler: Handler, operation: str) -> bool:
    handler.reply(429, b"{}", {"Retry-After": "3600"})
    return True


def redirect(handler: Handler, operation: str) -> bool:
    handler.reply(302, b"", {"Location": "http://127.0.0.1:9/"})
    return True


# what the probe must say; what may be said when the fault strikes later, when another question of ours may be answered
FAULTS: dict[str, tuple[Fault, type[Exception], tuple[type[Exception], ...]]] = {
    "401": (status(401), AuthError, (AuthError,)),
    "403": (status(403), AuthError, (AuthError,)),
    "429": (status(429), RateLimited, (RateLimited,)),
    "429, an hour": (much_later, RateLimited, (RateLimited, NetworkFailed)),
    "500": (status(500), ServerFailed, (ServerFailed,)),
    "502": (status(502), ServerFailed, (ServerFailed,)),
    "503": (status(503), ServerFailed, (ServerFailed,)),
    "silent": (silent, NetworkFailed, (NetworkFailed,)),
    "drip": (drip, NetworkFailed, (NetworkFailed,)),
    "huge": (huge, ServerFailed, (ServerFailed, NetworkFailed)),
    "reset": (reset, ServerFailed, (ServerFailed, NetworkFailed)),
    "cut": (cut, ServerFailed, (ServerFailed, NetworkFailed)),
    "no JSON": (no_json, ServerFailed, (ServerFailed, NetworkFailed)),
    "redirect": (redirect, ServerFailed, (ServerFailed, NetworkFailed)),
}
WHEN = (
    "Viewer",
    "all but Viewer",
    "Run",
    "RunParquetHistory",
    "HistoryPage",
    "RunFullHistory",
    "RunFiles",
    "GET /exports",
)


class Case(NamedTuple):
    """A fault and the operations that it strikes, with what a pull may raise; where it raises nothing, the run must be
    whole or marked as partial."""

    name: str
    when: str
    fault: Fault
    allowed: tuple[type[Exception], ...]

    def strike(self, handler: Handler, operation: str) -> bool:
        struck = operation != "Viewer" if self.when == "all but Viewer" else operation == self.when
        if self.when.startswith("GET"):
            struck = operation.startswith(self.when)
        return struck and self.fault(handler, operation)


def _cases() -> Iterator[Case]:
    for name, (fault, first, later) in FAULTS.items():
        for when in WHEN:
            yield Case(name, when, fault, (first,) if when == "Viewer" else later)


CASES = list(_cases())
