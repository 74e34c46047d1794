"""One policy for what servers answer."""

import time
from email.utils import formatdate

import pytest

from runcompare.errors import AuthError, RateLimited, ServerFailed, TrackerError
from runcompare.sources.kit.http_errors import error_of_status, seconds_to_wait


@pytest.mark.parametrize(
    ("status", "kind", "passes"),
    [
        (401, AuthError, False),
        (403, AuthError, False),
        (429, RateLimited, True),
        (500, ServerFailed, True),
        (503, ServerFailed, True),
    ],
)
def test_what_a_status_tells(status, kind, passes):
    error = error_of_status(status, "https://host", "Log in.")
    assert type(error) is kind
    assert isinstance(error, TrackerError) == passes
    assert f"({status})" in error.message
    assert ("Log in." in error.hint) == (kind is AuthError)


@pytest.mark.parametrize("status", [200, 204, 302, 400, 404, 422])
def test_where_the_answer_says_more(status):
    assert error_of_status(status, "https://host", "Log in.") is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        (None, None),
        ("", None),
        ("-1", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 99 Oct 99999999999 07:28:00 GMT", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_how_long_to_wait(header, seconds):
    assert seconds_to_wait(header) == seconds


def test_until_a_date():
    assert 50 < seconds_to_wait(formatdate(time.time() + 60, usegmt=True)) <= 60
