"""A YAML or JSON file of settings, read without trusting it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.config import MOST_VALUES, repeats_itself, yaml_problem
from runcompare.sources.kit.files import open_regular

__all__ = ["Settings", "read_settings", "settings_beside"]

LARGEST = 10_000_000  # bytes of a config
_YAML_FAILS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Settings(NamedTuple):
    """A config as its file states it; `warnings` say why it is empty, if it is."""

    values: dict[str, Any]
    warnings: tuple[str, ...] = ()


def read_settings(path: Path, largest: int = LARGEST) -> dict[str, Any]:
    """The mapping in the file, its keys as texts; empty for an empty file.

    Args:
        path: the file.
        largest: how many bytes of it are read.

    Raises:
        UnreadableRun: it can't be opened, is no YAML, or holds something else than a mapping.
    """
    from ruamel.yaml.error import YAMLError

    with open_regular(path) as file:
        body = file.read(largest)
    text = body.decode("utf-8-sig", "backslashreplace")
    try:
        if repeats_itself(text, _loader()):
            raise UnreadableRun(f"{path} repeats itself into more than {MOST_VALUES:,} values.")
        settings = _loader().load(text)  # JSON is YAML
    except (YAMLError, *_YAML_FAILS) as error:
        raise UnreadableRun(f"{path} can't be read: it is no YAML or JSON ({yaml_problem(error)}).") from None
    if settings is None:
        return {}
    if not isinstance(settings, Mapping):
        raise UnreadableRun(f"{path} holds no settings.")
    return {str(key): value for key, value in settings.items()}


@cache
def _plain() -> type[Any]:
    """A constructor that takes what PyYAML wrote of Python's objects for the plain list, mapping or text that it is
    made of, under the class's name, and makes no object of it."""
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    class Plain(SafeConstructor):
        pass

    def plain(made: Any, tag: str, node: Any) -> Any:
        what = tag.rpartition(":")[2] if ":" in tag else ""
        if isinstance(node, MappingNode):
            values = made.construct_mapping(node, deep=True)
        elif isinstance(node, SequenceNode):
            values = made.construct_sequence(node, deep=True)
        else:
            return f"{what} {made.construct_scalar(node)}".strip()
        if what == "collections.OrderedDict":
            return {str(key): value for key, value in values[0]}
        return {what: values} if what else values

    for prefix in ("tag:yaml.org,2002:python/", "!"):
        Plain.add_multi_constructor(prefix, plain)
    return Plain


def _loader() -> Any:
    from ruamel.yaml import YAML

    loader = YAML(typ="safe")
    loader.Constructor = _plain()
    return loader


def settings_beside(path: Path | None) -> Settings:
    """The same for a file that may be missing or damaged: then there are no settings."""
    if path is None or not path.exists():
        return Settings({})
    try:
        return Settings(read_settings(path))
    except UnreadableRun as error:
        return Settings({}, (error.message,))
