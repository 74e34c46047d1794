"""Configurations from YAML: every mistake an error that says where and what."""

import dataclasses
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from runcompare.engine.config.check import check
from runcompare.engine.config.schema import LOGGED_BESIDE, EngineConfig, to_dict
from runcompare.engine.physics.equations import EQUATIONS
from runcompare.errors import ConfigError, did_you_mean

__all__ = [
    "EngineConfig",
    "Override",
    "load_config",
    "parse_config",
    "parse_logged_config",
    "parse_override",
    "stated_baseline",
    "to_dict",
]


BASELINE = "baseline"


class Override(NamedTuple):
    """A setting's dotted path and its new value."""

    path: str
    value: Any


def load_config(path: Path, overrides: Mapping[str, Any] | None = None) -> EngineConfig:
    """The checked configuration in a YAML file.

    Args:
        path: The file; a configuration without `name` gets the file's.
        overrides: Dotted paths, such as "stages.operator.epochs", and values that replace the file's.

    Raises:
        ConfigError: A file that can't be read, unknown keys, wrong types, or settings that contradict each other.
    """
    raw = {key: value for key, value in _read(path).items() if key != BASELINE}
    return parse_config({"name": path.stem, **raw}, overrides, where=str(path))


def stated_baseline(path: Path) -> str | None:
    """What a configuration's file names as the baseline of its runs; it is no setting of the training.

    Raises ConfigError for what is no word, and for an address: that a server is asked is for the user to say.
    """
    named = _read(path).get(BASELINE)
    if named is None:
        return None
    if not isinstance(named, str) or not named.strip() or "://" in named:
        raise ConfigError(
            f"'{BASELINE}' in {path} names no run, group, tag or alias.", hint="Give an address with --baseline."
        )
    return named


def _read(path: Path) -> dict[str, Any]:
    """A file's keys and values."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{path} can't be read: {why}.", hint="Give the path of a YAML configuration.") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{where} is not YAML: {getattr(error, 'problem', error)}.") from None
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds no configuration: expected keys and values, found {type(raw).__name__}.")
    return raw


def parse_override(text: str) -> Override:
    """`stages.operator.epochs=3` as a path and a YAML value. Raises ConfigError for other text."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path, equals, value = text.partition("=")
    if not equals or not path:
        raise ConfigError(f"'{text}' is not a setting.", hint="Write KEY=VALUE, such as stages.operator.epochs=3.")
    try:
        return Override(path.strip(), YAML(typ="safe").load(value))
    except YAMLError:
        raise ConfigError(f"The value of '{text}' is not YAML.") from None


def parse_config(
    raw: Mapping[str, Any], overrides: Mapping[str, Any] | None = None, *, where: str = "the configuration"
) -> EngineConfig:
    """The checked configuration in nested mappings.

    Args:
        raw: As read from a file; what it leaves out has its default.
        overrides: Dotted paths and values that replace those of `raw`.
        where: What errors call the configuration.

    Raises:
        ConfigError: Unknown keys, wrong types, or settings that contradict each other.
    """
    merged = _deep_copy(raw)
    for path, value in (overrides or {}).items():
        _put(merged, path.split("."), value)
    if isinstance(merged.get("data"), dict):
        merged["data"] = _with_equation(merged["data"], where)
    config: EngineConfig = _build(EngineConfig, merged, EngineConfig(), path="", where=where)
    check(config, where)
    return config


def parse_logged_config(logged: Mapping[str, Any]) -> EngineConfig:
    """The configuration that a run of this engine logged. Raises ConfigError for that of another trainer."""
    return parse_config({k: v for k, v in logged.items() if k not in LOGGED_BESIDE}, where="the logged configuration")


def _deep_copy(raw: Any) -> Any:
    return {k: _deep_copy(v) for k, v in raw.items()} if isinstance(raw, Mapping) else raw


def _put(tree: dict[str, Any], parts: Sequence[str], value: Any) -> None:
    for part in parts[:-1]:
        child = tree.get(part)
        tree[part] = tree = child if isinstance(child, dict) else {}
    tree[parts[-1]] = value


def _with_equation(data: dict[str, Any], where: str) -> dict[str, Any]:
    """`viscosity` under the name that all equations share, and the equation's own range and `dt` as defaults."""
    name = data.get("equation", "burgers")
    if "viscosity" in data:
        if name != "burgers" or "parameter" in data:
            raise ConfigError(
                f"{where}: 'data.viscosity' is Burgers' name of 'data.parameter'.", hint="Give data.parameter only."
            )
        data = {("parameter" if k == "viscosity" else k): v for k, v in data.items()}
    equation = EQUATIONS.get(name) if isinstance(name, str) else None
    if equation is None or name == "burgers":
        return data
    return {"parameter": list(equation.range), "dt": equation.dt, **data}


def _build(kind: Any, raw: Any, default: Any, *, path: str, where: str) -> Any:
    """An instance of dataclass `kind`: the given keys over those of `default`."""
    if raw is None:
        return default
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{where}: '{path}' must hold keys and values, got {raw!r}.")
    hints = typing.get_type_hints(kind)
    values = {}
    for key, value in raw.items():
        full = f"{path}.{key}" if path else str(key)
        if key not in hints:
            raise ConfigError(f"{where}: unknown key '{full}'.", hint=_suggest(str(key), hints))
        if dataclasses.is_dataclass(hints[key]):
            values[key] = _build(hints[key], value, getattr(default, key), path=full, where=where)
        else:
            values[key] = _leaf(value, hints[key], full, where)
    return dataclasses.replace(default, **values)


def _suggest(key: str, here: Mapping[str, Any]) -> str:
    """Where the key belongs, or what it may have meant."""
    home = next((path for path in _paths(EngineConfig, "") if path.endswith(f".{key}")), None)
    near = did_you_mean(key, here)
    return near or (f"Did you mean '{home}'?" if home else f"Known here: {', '.join(here)}.")


def _paths(kind: Any, prefix: str) -> Iterator[str]:
    for name, hint in typing.get_type_hints(kind).items():
        yield f"{prefix}{name}"
        if dataclasses.is_dataclass(hint):
            yield from _paths(hint, f"{prefix}{name}.")


def _leaf(value: Any, hint: Any, path: str, where: str) -> Any:
    """The value as the type `hint`. Raises ConfigError if it is of another one."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(hint)
        return None if value is None else _leaf(value, next(o for o in options if o is not type(None)), path, where)
    if origin is Literal:
        return _one_of(value, typing.get_args(hint), path, where)
    if origin is tuple:
        return _sequence(value, typing.get_args(hint), path, where)
    wrong = ConfigError(f"{where}: '{path}' must be {_WORDS[hint]}, got {value!r}.")
    if isinstance(value, bool) != (hint is bool):
        raise wrong
    if hint is float and isinstance(value, int | float) and abs(value) <= sys.float_info.max:  # so not NaN either
        return float(value)
    if isinstance(value, hint) and hint is not float:
        return value
    raise wrong


_WORDS = {int: "a whole number", float: "a finite number", bool: "true or false", str: "a word"}


def _one_of(value: Any, options: Sequence[Any], path: str, where: str) -> Any:
    if value not in options:
        known = ", ".join(map(str, options))
        raise ConfigError(
            f"{where}: '{path}' must be one of {known}, got {value!r}.", hint=did_you_mean(str(value), options)
        )
    return value


def _sequence(value: Any, kinds: Sequence[Any], path: str, where: str) -> tuple[Any, ...]:
    length = None if Ellipsis in kinds else len(kinds)
    if not isinstance(value, list | tuple) or (length is not None and len(value) != length):
        many = "numbers" if length is None else f"{length} numbers"
        raise ConfigError(f"{where}: '{path}' must be a list of {many}, got {value!r}.")
    return tuple(_leaf(v, kinds[0], path, where) for v in value)
