"""Sends a message to a webhook, where the user named one."""

from urllib.parse import urlsplit

from runcompare.errors import DataError, UsageError

__all__ = ["check_webhook", "post_json"]

TIMEOUT = 10  # seconds
_LOCAL = ("localhost", "127.0.0.1", "::1")


def check_webhook(url: str) -> None:
    """Raises UsageError for what is no https address; http is for this machine only. The address is a secret, and is
    not told."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and host in _LOCAL)):
        raise UsageError("The webhook is no https:// address.", hint="Give the whole address of an incoming webhook.")


def post_json(url: str, body: str) -> None:
    """POST a JSON document; what is answered is not read, and no redirection followed.

    Raises:
        UsageError: For an address that is none.
        DataError: If the server could not be reached, or answered with an error. The address is not told.
    """
    from urllib import error, request

    class Stay(request.HTTPRedirectHandler):
        def redirect_request(self, *args: object, **more: object) -> None:
            return None

    check_webhook(url)
    headers = {"Content-Type": "application/json", "User-Agent": "runcompare"}
    message = request.Request(url, body.encode("utf-8", "replace"), headers, method="POST")  # noqa: S310  (checked)
    try:
        with request.build_opener(Stay).open(message, timeout=TIMEOUT):
            return
    except error.HTTPError as failed:
        raise DataError(f"The webhook answered with status {failed.code}.", hint="Is the address whole?") from None
    except (OSError, ValueError) as failed:
        why = type(getattr(failed, "reason", failed)).__name__
        raise DataError(f"The webhook could not be reached ({why}).", hint="Is there a way to it from here?") from None
