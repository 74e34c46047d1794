"""Settings: flags, `RUNCOMPARE_*`, the project's file, the user's file, defaults, in that order.

The project's file is the nearest at or above the working folder: `runcompare.toml`, or a `pyproject.toml` that has
`[tool.runcompare]`; of both in one folder the former. Paths in it are relative to it. The user's file is
`runcompare.toml` in the user's configuration folder.
A project may have come from a stranger: a store outside its folder and an alias that asks a server count only from the
user's file, the environment or a flag; what was left out for that is in `Settings.ignored`.
"""

import os
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from runcompare.errors import ConfigError, UsageError, did_you_mean
from runcompare.metrics.min_effect import parse_min_effect
from runcompare.metrics.override import Override

__all__ = ["Settings", "load", "parse_fraction", "project_file", "user_file"]

MOST_BYTES = 10_000_000  # of a settings file
OWN, SHARED = "runcompare.toml", "pyproject.toml"  # how a project's file may be called


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project or user has chosen. Prices are USD per device-hour."""

    runs: tuple[Path, ...] = (Path(),)
    aliases: Mapping[str, str] = field(default_factory=dict)
    store: Path | str = Path(".runcompare")  # text for a URL
    metric: str | None = None
    metrics: Mapping[str, Override] = field(default_factory=dict)
    min_effect: str | None = None
    pattern: str | None = None  # how text logs are read: a regular expression with named groups
    alpha: float = 0.05
    noise_library: bool = True  # whether one run a side may be judged by other people's runs of its kind
    gpu_price: float | None = None
    cpu_price: float | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    gate: str | None = None  # the conditions that fail a gate, with commas between
    ignored: tuple[str, ...] = ()  # what a project's file may not set, in words


def load(start: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """The settings in force in folder `start` (default: the working folder).

    Raises ConfigError, naming the file and the key, for an unknown key or a value of the wrong type.
    """
    settings = Settings()
    user = user_file()
    for path, table in _tables(start or Path.cwd()):
        before, settings = settings, _apply(settings, table, where=str(path), base=path.parent)
        if path != user:
            settings = _without_what_leads_out(settings, before, path)
    env = os.environ if env is None else env
    twins = {
        f.name: env[name]
        for f in fields(Settings)
        if f.name in _READERS and (name := f"RUNCOMPARE_{f.name.upper()}") in env
    }
    return _apply(settings, twins, where="the environment (RUNCOMPARE_*)", base=Path())


def _without_what_leads_out(chosen: Settings, before: Settings, path: Path) -> Settings:
    """The project's settings but for a store that is not below its folder, and aliases that are URLs."""
    ignored = []
    hint = f"set it in {user_file()}, with RUNCOMPARE_STORE or --store."
    if chosen.store != before.store and not _is_below(chosen.store, path.parent):
        ignored.append(f"The store {chosen.store} of {path} is not used, for it is not in that folder: {hint}")
        chosen = replace(chosen, store=before.store)
    asking = sorted(n for n, meant in chosen.aliases.items() if "://" in meant and before.aliases.get(n) != meant)
    if asking:
        ignored.append(
            f"The alias {', '.join(asking)} of {path} asks a server and is not used: set it in {user_file()}."
        )
        kept = {name: meant for name, meant in chosen.aliases.items() if name not in asking}
        chosen = replace(chosen, aliases={**before.aliases, **kept})
    return replace(chosen, ignored=tuple(ignored))


def _is_below(store: Path | str, folder: Path) -> bool:
    return isinstance(store, Path) and store.resolve().is_relative_to(folder.resolve())


def user_file() -> Path:
    """Where the user's own settings are, or would be."""
    import platformdirs

    return Path(platformdirs.user_config_dir("runcompare")) / OWN


def project_file(start: Path) -> Path | None:
    """The file whose settings a project in folder `start` has, or None. Raises ConfigError if it can't be read."""
    found = [table.path for table in _tables(start) if table.path != user_file()]
    return found[-1] if found else None


class _Table(NamedTuple):
    """The settings of one file."""

    path: Path
    values: Mapping[str, Any]


def _tables(start: Path) -> list[_Table]:
    """The settings tables that exist, weakest first."""
    found: list[_Table] = []
    user = user_file()
    if (values := _read(user)) is not None:
        found.append(_Table(user, values))
    for folder in (start.resolve(), *start.resolve().parents):
        if not os.access(folder, os.X_OK):  # nobody can say what lies in it
            continue
        own, shared = folder / OWN, folder / SHARED
        if own != user and (values := _read(own)) is not None:
            return [*found, _Table(own, values)]
        tools = (_read(shared) or {}).get("tool")
        if isinstance(tools, Mapping) and (table := tools.get("runcompare")) is not None:
            return [*found, _Table(shared, _as_table(table, shared))]
    return found


def _read(path: Path) -> dict[str, Any] | None:
    """What a file says; None where there is none."""
    try:
        path.stat()  # most folders have none
        with open(path, "rb", opener=_opened) as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
        return tomllib.loads(text.decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        why = "it is a folder"
    except OSError as error:
        why = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        why = "it is no text"
    except RecursionError:
        why = "it is nested too deeply"
    except ValueError as error:  # of TOML, too
        why = str(error)
    raise ConfigError(f"The settings in {path} can't be read: {why}.", hint="Mend the file or move it away.")


def _opened(path: str, flags: int) -> int:
    """A pipe without a writer, or a device, is no settings file, and is not waited for."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    raise IsADirectoryError() if stat.S_ISDIR(mode) else ValueError("it is no file")


def _as_table(value: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        hint = "Write [tool.runcompare] above the settings."
        raise ConfigError(f"tool.runcompare in {path} is no table of settings.", hint=hint)
    return value


def _apply(settings: Settings, table: Mapping[str, Any], *, where: str, base: Path) -> Settings:
    known = {f.name.replace("_", "-"): f.name for f in fields(Settings) if f.name in _READERS}
    values = {}
    for key, value in table.items():
        name = known.get(key.replace("_", "-"))
        if name is None:
            raise ConfigError(f"Unknown setting '{key}' in {where}.", hint=did_you_mean(key, known))
        try:
            values[name] = _READERS[name](value, base)
        except (TypeError, ValueError, AttributeError, UsageError) as error:
            raise ConfigError(f"Setting '{key}' in {where} is wrong: {str(error).rstrip('.')}.") from None
    return replace(settings, **values)


def _paths(value: Any, base: Path) -> tuple[Path, ...]:
    parts = value.split(os.pathsep) if isinstance(value, str) else value
    if not all(isinstance(p, str) for p in parts):
        raise TypeError("expected a path or a list of paths")
    return tuple(base / Path(p).expanduser() for p in parts)


def _positive(value: Any, base: Path) -> float:
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError(f"expected a number above 0, got {value}")
    return number


def parse_fraction(value: Any) -> float:
    """A fraction written as 0.02 or as "2%". Raises ValueError outside (0, 1) or for another word."""
    number = float(value.rstrip("%")) / 100 if isinstance(value, str) and value.endswith("%") else float(value)
    if not 0 < number < 1:
        raise ValueError(f"expected a fraction between 0 and 1 (or '2%'), got {value}")
    return number


def _words(value: Any, base: Path) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise TypeError("expected a table of words")
    return dict(value)


def _price_table(value: Any, base: Path) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise TypeError("expected a table of prices")
    return {str(device): _positive(price, base) for device, price in value.items()}


def _metrics(value: Any, base: Path) -> dict[str, Override]:
    """`[tool.runcompare.metrics."KEY"]`: direction, scale, unit, min-effect, guardrail-margin."""
    if not isinstance(value, Mapping) or not all(isinstance(table, Mapping) for table in value.values()):
        raise TypeError("expected a table for each metric")
    return {str(key): _override(key, table) for key, table in value.items()}


_METRIC = {
    "direction": ("min", "max"),
    "scale": ("log", "logit", "linear"),
    "unit": (),
    "min-effect": (),
    "guardrail-margin": (),
}


def _override(key: str, table: Mapping[str, Any]) -> Override:
    for name, value in table.items():
        if name.replace("_", "-") not in _METRIC:
            raise ValueError(
                f"'{name}' of {key} is none of {', '.join(_METRIC)}. {did_you_mean(name, _METRIC)}".rstrip()
            )
        allowed = _METRIC[name.replace("_", "-")]
        if not isinstance(value, str | int | float) or (allowed and value not in allowed):
            raise ValueError(f"{name} of {key} must be {' or '.join(allowed) or 'text'}, got {value!r}")
    stated = {name.replace("-", "_"): str(value) for name, value in table.items()}
    for name in ("min_effect", "guardrail_margin"):
        if name in stated:
            parse_min_effect(stated[name])
    return Override(**stated, source="the settings")  # type: ignore[arg-type]


def _truth(value: Any, base: Path) -> bool:
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    found = words.get(str(value).lower())
    if found is None:
        raise ValueError(f"expected true or false, got {value!r}")
    return found


def _word(value: Any, base: Path) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a word, got {value!r}")
    return value


def _store(value: Any, base: Path) -> Path | str:
    from runcompare.store.place import is_url

    return value if is_url(value) else base / Path(_word(value, base)).expanduser()


_READERS: dict[str, Callable[[Any, Path], Any]] = {
    "runs": _paths,
    "aliases": _words,
    "store": _store,
    "metric": _word,
    "metrics": _metrics,
    "pattern": _word,
    "min_effect": lambda value, base: str(parse_min_effect(value)),
    "alpha": lambda value, base: parse_fraction(value),
    "noise_library": _truth,
    "gpu_price": _positive,
    "cpu_price": _positive,
    "prices": _price_table,
    "gate": lambda value, base: ",".join(value) if isinstance(value, list) else _word(value, base),
}
