"""YAML that remembers its lines."""

from pathlib import Path

import pytest

from runcompare.errors import ConfigError
from runcompare.records.run import Run
from runcompare.references.resolve import resolve

HEAD = "runcompare: 1\nid: a\n"


def read(tmp_path: Path, text: str) -> Run:
    (tmp_path / "rec.yaml").write_text(text, encoding="utf-8")
    (run,) = resolve(str(tmp_path / "rec.yaml"), roots=[]).runs
    return run


@pytest.mark.parametrize(
    "text", [HEAD + "x: \0", HEAD + "x: " + "[" * 5_000, HEAD + "x: !!python/object:os.system 1", HEAD + "x: &a [*a]"]
)
def test_hostile_yaml_is_our_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"rec\.yaml"):
        read(tmp_path, text)


def test_a_bomb_of_references_is_refused(tmp_path: Path) -> None:
    levels = "".join(f"  l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))
    with pytest.raises(ConfigError, match="holds more than"):
        read(tmp_path, HEAD + "config:\n  l0: &l0 [1]\n" + levels)


@pytest.mark.parametrize("figure", ["0_ min", "1__0 min", "9" * 400, "{value: " + "9" * 400 + ", unit: s}"])
def test_numbers_that_are_none_are_our_error(tmp_path: Path, figure: str) -> None:
    with pytest.raises(ConfigError, match=r"rec\.yaml, line 4: 'figures.eval_time(.value)?' .*(number|unit)"):
        read(tmp_path, f"{HEAD}figures:\n  eval_time: {figure}\n")
