"""Runs made in memory, with clocks, telemetry and hardware of the tests' choice."""

from costed_runs import book, cpu, gpu, run  # noqa: F401
