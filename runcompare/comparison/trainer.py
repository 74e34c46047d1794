"""How more runs of a side are trained, as far as its logs tell: by our engine, or by the command that its runs logged.

A command is only ever shown: what a run's log names is run by nobody who did not type it.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from runcompare.records.conventions import is_engine_config
from runcompare.records.redact import MARK
from runcompare.records.run import Run

__all__ = ["Trainer", "trainer_of"]

_SEED = re.compile(
    r"(^|[._\-/])((random|manual|global|train|rng)[_-]?)?seed$|(^|[._\-/])random[_-]state$", re.IGNORECASE
)
_OUT = re.compile(
    r"(^|[._\-/])(out|output|log|logs|save|run|checkpoint|ckpt|work|exp|result|results)[_-]?(dir|path|folder|root)?$",
    re.IGNORECASE,
)
_CONFIG = re.compile(r"\.(ya?ml|json|toml)$", re.IGNORECASE)
_LONGEST = 2_000  # characters of a command that is worth showing


@dataclass(frozen=True, slots=True)
class Trainer:
    """`command` has `{seed}` where the seed goes and `{out}` where the output folder goes, if the runs named one;
    empty for our engine. `config` is the configuration file that the runs were started with, as they named it."""

    kind: Literal["engine", "command"]
    command: str = ""
    config: str = ""

    @property
    def takes_out(self) -> bool:
        """Whether it can be told where a run goes, so that it is found again."""
        return self.kind == "engine" or "{out}" in self.command


def trainer_of(runs: Sequence[Run]) -> Trainer | None:
    """How the runs were trained; None where no log tells, or nothing in it says where the seed goes."""
    if not runs:
        return None
    run = runs[0]
    program, words = _words(run.metadata)
    config = next((word.rpartition("=")[2] for word in words if _CONFIG.search(word)), "")
    if is_engine_config(run.config):
        return Trainer("engine", config=config)
    if not program or any(MARK in word for word in words):
        return None
    command = [*program, *_templated(words, run.seed)]
    text = " ".join(word if word in ("{seed}", "{out}") else _quoted(word) for word in command)
    return Trainer("command", text, config) if "{seed}" in text and len(text) <= _LONGEST else None


def _quoted(word: str) -> str:
    """For a shell, with the places of seed and folder as they are: nothing in them needs quotes."""
    bare = word.replace("{seed}", "").replace("{out}", "")
    return word if bare and shlex.quote(bare) == bare else shlex.quote(word)


class _Started(NamedTuple):
    """A program as it is started, and its arguments."""

    program: list[str]
    words: list[str]


def _words(metadata: Mapping[str, Any]) -> _Started:
    """What a run's log says of how it was started."""
    program, args = metadata.get("program"), metadata.get("args")
    listed = [str(word) for word in args] if isinstance(args, list | tuple) else []
    words = _split(args) if isinstance(args, str) else listed
    if not isinstance(program, str) or not program.strip():
        return _Started([], words)
    if program.startswith("-m "):
        return _Started(["python", "-m", *program.split()[1:]], words)
    return _Started(["python", program] if program.endswith(".py") else [], words)


def _split(text: str) -> list[str]:
    """The words of a command line; none where its quotes don't match."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _templated(words: Sequence[str], seed: object) -> Iterator[str]:
    """The arguments, the seed and the output folder replaced by their places."""
    name = ""
    for word in words:
        key, equals, value = word.partition("=")
        if equals and (place := _place(key, value, seed)):
            yield f"{key}={place}"
        elif name and (place := _place(name, word, seed)):
            yield place
        else:
            yield word
        name = word if word.startswith("-") and not equals else ""


def _place(name: str, value: str, seed: object) -> str:
    bare = name.lstrip("-+")
    if _SEED.search(bare) and value.strip().isdigit() and (seed is None or value.strip() == str(seed)):
        return "{seed}"
    return "{out}" if _OUT.search(bare) and value and not value.startswith("-") else ""
