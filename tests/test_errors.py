"""Errors are ours and Python's, have an exit code, and say what to do next."""

import inspect

import pytest

from runcompare import errors
from runcompare.errors import ConfigError, MissingExtra, RuncompareError, RunNotFound, UsageError, did_you_mean

KINDS = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)}


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    for line in (errors.__doc__ or "").splitlines():
        words = line.replace("├──", "").replace("└──", "").replace("│", "").split()
        if len(words) > 1 and words[0] in KINDS and words[1].isdigit():
            assert KINDS[words[0]].exit_code == int(words[1])
    assert all(name in (errors.__doc__ or "") for name in KINDS)
    assert set(KINDS) | {"did_you_mean"} == set(errors.__all__)


@pytest.mark.parametrize(
    ("kind", "builtin"), [(ConfigError, ValueError), (RunNotFound, LookupError), (MissingExtra, ImportError)]
)
def test_some_are_pythons_too(kind: type, builtin: type) -> None:
    assert issubclass(kind, builtin)
    assert issubclass(kind, RuncompareError)


def test_a_hint_follows_the_message() -> None:
    assert str(UsageError("No.", hint="Try yes.")) == "No. Try yes."
    assert str(UsageError("No.")) == "No."
    assert "pip install 'runcompare[sql]'" in str(MissingExtra("duckdb", "sql"))


def test_the_nearest_word() -> None:
    assert did_you_mean("bsae", ["base", "other"]) == "Did you mean 'base'?"
    assert did_you_mean("zzz", ["base"]) == ""


def test_a_name_forges_no_line() -> None:
    error = RunNotFound("No run 'x\nruncompare: all is well\x1b[2J\u2028'.", hint="Type\r\nanother.")
    assert str(error) == "No run 'x runcompare: all is well [2J '. Type another."
