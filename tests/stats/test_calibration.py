"""The simulation in a small form: every bar within binomial noise, and the many-at-once path equal to `decide`."""

import importlib.util
import sys
from math import sqrt
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "calibration.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("calibration", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["calibration"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


calibration = load()
BARS = [cell for cell in calibration.cells() if cell.limit is not None]
QUICK = [cell for cell in BARS if cell.kind in calibration.MANY]
SLOW = [cell for cell in BARS if cell.kind in calibration.SINGLE]
TOLERANCE = 4  # standard errors: one false alarm in 30,000 cells


def holds(cell, reps: int) -> bool:
    """Within binomial noise of the bar. Raises AssertionError where `decide` and the many-at-once path differ."""
    share = cell.limit / 100
    slack = 100 * TOLERANCE * sqrt(share * (1 - share) / reps)
    rate = calibration.run_cell(cell, reps, seed=1)
    return rate >= cell.limit - slack if cell.least else rate <= cell.limit + slack


@pytest.mark.parametrize("table", sorted({cell.table for cell in QUICK}))
def test_bars_of_many_at_once(table):
    cells = [cell for cell in QUICK if cell.table == table]
    assert [cell.name for cell in cells if not holds(cell, 1000)] == []


@pytest.mark.parametrize("cell", SLOW, ids=lambda cell: cell.name)
def test_bars_of_single_comparisons(cell):
    assert holds(cell, 40 if cell.kind in calibration.WHOLE else 100)


def test_a_wrong_method_is_caught():
    """The tolerance is tight enough to see Welch peeking after every seed."""
    wrong = calibration.Cell("t", "peeking", "peeking", {"method": "Welch"}, 5.0)
    assert not holds(wrong, 150)


def test_resumes_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "CACHE", tmp_path)
    cell = QUICK[0]
    first = calibration.cached_cell((cell, 50, 0, "code"))
    monkeypatch.setattr(calibration, "run_cell", lambda *_: pytest.fail("computed again"))
    assert calibration.cached_cell((cell, 50, 0, "code")) == first


def test_report_goes_between_the_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- calibration -->\nold\n<!-- /calibration -->\nafter\n")
    calibration.put("new\n", page)
    assert page.read_text() == "before\n<!-- calibration -->\nnew\n<!-- /calibration -->\nafter\n"


def test_real_seeds_mode(tmp_path, capsys):
    rows = "\n".join(f"{i},{0.09 + 0.001 * ((i * 37) % 41 - 20) / 20},0.2" for i in range(41))
    table = tmp_path / "seeds.csv"
    table.write_text(f"seed,nrmse,baseline_nrmse\n{rows}\n")
    assert calibration.main(["--seeds-csv", str(table), "--splits", "200"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "41 real seeds" in lines[0]
    rates = [float(line.split("|")[2]) for line in lines if line.startswith(("| 2", "| 3", "| 5"))]
    assert len(rates) == 3
    assert all(rate <= 5 + 4 * 1.6 for rate in rates)
