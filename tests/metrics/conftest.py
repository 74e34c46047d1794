"""Runs made in memory, the way a staged training loop logs them."""

from staged_runs import group, run  # noqa: F401
