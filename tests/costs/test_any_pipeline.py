"""Costs treat every pipeline alike: the words of one engine stand in `records.conventions`."""

import re
from pathlib import Path

import pytest

import runcompare.costs

WORDS = r"operator|ttc|gates?|rollouts?|nrmse|diff_residual|diffusion|consistency|autoencoder|beam|candidates"
MODULES = sorted(Path(runcompare.costs.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_no_word_of_one_engine_is_in_the_code(path: Path) -> None:
    found = re.findall(rf"(?:\b|_)(?:{WORDS})(?:\b|_)", path.read_text(encoding="utf-8"), re.IGNORECASE)
    assert not found
