"""How an arm of an ablation is trained: by our engine, or by any command that takes settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from runcompare.errors import ConfigError, UsageError
from runcompare.lab.arms import write_yaml
from runcompare.lab.jobs import TAKES, Template, command_template, train_template
from runcompare.records.config import nest

__all__ = ["CommandTrainer", "EngineTrainer", "Settings", "Trainer"]


@dataclass(frozen=True, slots=True)
class Settings:
    """An arm's settings: all of them, flat, those that the sides differ in (None where the arm's side has none), and
    the names of those that are there and null."""

    all: Mapping[str, Any]
    switched: Mapping[str, Any]
    nulls: frozenset[str] = frozenset()


class Trainer(Protocol):
    """What trains one arm."""

    def problem(self, settings: Settings) -> str:
        """Why a run can't have these settings; empty where it can, or where that is not known before."""
        ...

    def template(self, settings: Settings, label: str, folder: Path) -> Template:
        """The commands of the arm's seeds. Writes the arm's configuration into `folder`."""
        ...

    @property
    def identity(self) -> str:
        """What besides the settings tells arms apart."""
        ...


@dataclass(frozen=True, slots=True)
class EngineTrainer:
    """Our own engine."""

    wandb: bool = False
    identity: str = "engine"

    def problem(self, settings: Settings) -> str:
        from runcompare.engine.config.read import parse_config

        try:
            parse_config(nest(settings.all), where="its configuration")
        except ConfigError as error:
            return error.message
        return ""

    def template(self, settings: Settings, label: str, folder: Path) -> Template:
        from runcompare.engine.config.read import parse_config, to_dict

        path = folder / "config.yaml"
        write_yaml({**to_dict(parse_config(nest(settings.all))), "name": label}, path)
        return train_template(path.resolve(), label, wandb=self.wandb)


class CommandTrainer:
    """Any command with `{seed}` and with `{overrides}` (key=value words), `{flags}` (--key=value words) or `{config}`
    (the path of a YAML file); `{out}` is the run's folder.

    Raises UsageError for a command that takes no seed or no settings, or a program that is not installed.
    """

    def __init__(self, text: str) -> None:
        if not any(field in text for field in TAKES):
            hint = 'Write "python train.py {overrides} --seed {seed} --out {out}"; {flags} gives --key=value.'
            raise UsageError(f"The command takes no settings: {text}", hint=hint)
        command_template(text)
        self.identity = text

    def problem(self, settings: Settings) -> str:
        """A configuration file can't hold a setting that is a value and a section."""
        for path in (*settings.all, *settings.nulls):
            above = path.rpartition(".")[0]
            while above:
                if above in settings.all:
                    return f"'{above}' would be a value, and a section with '{path}'."
                above = above.rpartition(".")[0]
        return ""

    def template(self, settings: Settings, label: str, folder: Path) -> Template:
        config = folder / "config.yaml"
        write_yaml(nest({**settings.all, **dict.fromkeys(sorted(settings.nulls))}), config)
        given = {k: v for k, v in settings.switched.items() if v is not None or k in settings.nulls}
        return command_template(self.identity, given, config)
