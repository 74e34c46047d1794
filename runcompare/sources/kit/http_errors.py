"""What a tracker's server answers besides what was asked, as our errors: one policy for all trackers."""

import time
from email.utils import mktime_tz, parsedate_tz

from runcompare.errors import AuthError, RateLimited, RuncompareError, ServerFailed

__all__ = ["TRY_LATER", "error_of_status", "seconds_to_wait"]

TRY_LATER = "Try again later."
_REFUSED, _TOO_OFTEN, _SERVER = (401, 403), 429, 500


def error_of_status(status: int, server: str, log_in: str) -> RuncompareError | None:
    """The error that an HTTP status alone tells of; None where the answer's content says more.

    Args:
        status: the answer's status.
        server: how the server is called in the message: its URL, without credentials.
        log_in: the hint for whoever has no credentials, or wrong ones.

    Returns:
        AuthError for 401 and 403, RateLimited for 429, ServerFailed from 500 on. The last two may pass: they are
        TrackerErrors, and another try may mend them.
    """
    if status in _REFUSED:
        return AuthError(f"{server} refused us ({status}).", hint=log_in)
    if status == _TOO_OFTEN:
        return RateLimited(f"{server} takes no more questions for now (429).", hint=TRY_LATER)
    if status >= _SERVER:
        return ServerFailed(f"{server} failed ({status}).", hint=TRY_LATER)
    return None


def seconds_to_wait(retry_after: str | None) -> float | None:
    """What a header `Retry-After` asks for, in seconds or until a date; None for what is neither."""
    if not retry_after or not retry_after.isascii():
        return None
    if retry_after.isdecimal():
        return float(retry_after)
    date = parsedate_tz(retry_after)
    try:
        return None if date is None else max(0.0, mktime_tz(date) - time.time())
    except (ValueError, OverflowError):
        return None
