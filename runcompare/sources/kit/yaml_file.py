"""A YAML or JSON file of settings, read without trusting it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.files import open_regular

__all__ = ["read_settings"]

LARGEST = 10_000_000  # bytes of a config
_YAML_FAILS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def read_settings(path: Path) -> dict[str, Any]:
    """The mapping in the file, its keys as texts; empty for an empty file. Raises UnreadableRun."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    with open_regular(path) as file:
        body = file.read(LARGEST)
    try:
        said = YAML(typ="safe").load(body.decode("utf-8-sig", "backslashreplace"))  # JSON is YAML
    except (YAMLError, *_YAML_FAILS):
        raise UnreadableRun(f"{path} can't be read: it is no YAML or JSON.") from None
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise UnreadableRun(f"{path} holds no settings.")
    return {str(key): value for key, value in said.items()}
