"""The commands: where each stands, and what `runcompare --help` says of it. To add one, add a line.

A command's module is imported when the command is run. Its help ends with examples; `tests/cli/test_help.py` runs them.
"""

from typing import NamedTuple

__all__ = ["COMMANDS", "COMPLETION_VARIABLE", "OTHER_WORDS", "SECTIONS", "Entry"]

COMPLETION_VARIABLE = "_RUNCOMPARE_COMPLETE"  # set by a shell that completes a line; click's name for it
SECTIONS = ("Compare", "Find and keep runs", "Cost and plan", "Make runs", "Set up")


class Entry(NamedTuple):
    """One command: the module of `runcompare.cli` that has a function of its name, its section, its short help."""

    module: str
    section: str
    help: str


# fmt: off
COMMANDS = {
    "ablate": Entry("ablate", "Make runs", "Which of the changes made the difference? Run combinations of them."),
    "certify": Entry("certify", "Compare", "Write all that decides a comparison, to be verified by anybody."),
    "check": Entry("check", "Compare", "Faults of one run or group that show without a baseline."),
    "completion": Entry("completion", "Set up", "Print the script that completes commands and known runs with TAB."),
    "cost": Entry("cost", "Cost and plan", "What runs cost: time, device-hours, energy and money, with sources."),
    "doctor": Entry("doctor", "Set up", "Check the installation, settings, runs and store, and say what is amiss."),
    "explain": Entry("explain", "Compare", "What a finding means, and how often it is wrong."),
    "export": Entry("export", "Find and keep runs", "Write everything that was read of a run: JSON, CSV, Parquet."),
    "forecast": Entry("cost", "Cost and plan", "What a configuration will cost, from runs that were measured."),
    "gate": Entry("gate", "Compare", "Exit 1 where CANDIDATE is worse, too expensive, ...: for CI and scripts."),
    "gc": Entry("store", "Find and keep runs", "Tidy the store: leftovers, superseded versions."),
    "init": Entry("init", "Set up", "Look for runs and write a first settings file, with comments."),
    "plan": Entry("replicate", "Cost and plan", "What it would cost to know: seeds, device-hours, money."),
    "prices": Entry("cost", "Cost and plan", "The dated GPU price book, and your own prices."),
    "pull": Entry("store", "Find and keep runs", "Read runs from anywhere and keep them in the store."),
    "rank": Entry("rank", "Compare", "Which of many groups is the best, and which ranks may the others have?"),
    "recommend": Entry("recommend", "Compare", "What to run next, and the corrected config; --verify trains it."),
    "replicate": Entry("replicate", "Make runs", "Train more seeds: so many, or until decided."),
    "report": Entry("report", "Compare", "Compare CANDIDATE with BASELINE and write the report."),
    "runs": Entry("runs", "Find and keep runs", "List the runs in the folders or the store."),
    "sql": Entry("store", "Find and keep runs", "Ask the store in SQL."),
    "train": Entry("train", "Make runs", "Train a configuration with the staged PDE engine."),
    "verify-report": Entry("certify", "Compare", "Decide a certificate again, and see every changed byte."),
    "verify": Entry("store", "Find and keep runs", "Check every file of the store against its checksum."),
}

# what people type who know other tools
OTHER_WORDS = {
    "ablation": "ablate", "best": "rank", "compare": "report", "config": "init", "delete": "gc", "diff": "report",
    "estimate": "forecast", "fetch": "pull", "find": "runs", "leaderboard": "rank", "lint": "check", "list": "runs",
    "ls": "runs", "next": "recommend", "predict": "forecast", "price": "prices", "query": "sql",
    "reproduce": "replicate", "search": "runs", "seeds": "replicate", "setup": "init", "show": "report",
    "status": "doctor", "suggest": "recommend", "sync": "pull", "test": "gate", "vs": "report",
}
# fmt: on
