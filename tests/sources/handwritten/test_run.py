"""From a record written by hand to the run."""

import math
from pathlib import Path
from typing import Any

import pytest

from runcompare.errors import ConfigError
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Claim, Hardware, Run
from runcompare.references.resolve import resolve

WRITEUP = Path(__file__).parents[3] / "examples" / "writeup"


HEAD = "runcompare: 1\nid: a\n"


def read(tmp_path: Path, text: str) -> Run:
    (tmp_path / "rec.yaml").write_text(text, encoding="utf-8")
    (run,) = resolve(str(tmp_path / "rec.yaml"), roots=[]).runs
    return run


def test_a_full_record(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        """
runcompare: 1
id: r1
name: Run one
aliases: [first]
group: g
tags: [t]
notes: from the paper
hardware: {accelerator: A100}
config: {latent: {dim: 32}, seed: 4, list: [1, 2.5], on: true, "null": null, date: 2026-01-02}
figures:
  nrmse: 0.0907
  time: {value: 315, unit: min}
  eval_time: 1.5 h
  cost: $10.78
  other_cost: {value: 3, unit: EUR}
  operator/final_loss: {low: 0.0002, high: 0.0005}
  operator/epochs: 50
  operator/time: {low: 1, high: 2, unit: h, provenance: assumed, source: a guess}
claims: [{text: 9x, quantity: cost, ratio: 9}]
alternatives:
  - {name: small, config: {latent: {dim: 8}}, figures: {cost: {value: 1.2, unit: USD, provenance: estimated}}}
""",
    )
    assert (run.id, run.name, run.info.group, run.info.tags, run.info.aliases) == (
        "r1",
        "Run one",
        "g",
        ("t",),
        ("first",),
    )
    assert run.seed == 4
    assert run.hardware == Hardware("A100", 1)
    assert run.config["date"] == "2026-01-02"
    assert run.config["list"] == [1, 2.5]
    assert [type(v) for v in run.config["list"]] == [int, float]
    reported = {"provenance": Provenance.REPORTED}
    assert run.figures["nrmse"] == Figure(0.0907, **reported, source="rec.yaml, line 12")
    assert run.figures["time"] == Figure(18_900.0, "s", **reported, source="rec.yaml, line 13")
    assert run.figures["eval_time"] == Figure(5_400.0, "s", **reported, source="rec.yaml, line 14")
    assert run.figures["cost"] == Figure(10.78, "USD", **reported, source="rec.yaml, line 15")
    assert run.figures["other_cost"].unit == "EUR"
    loss = run.figures["operator/final_loss"]
    assert (loss.value, loss.low, loss.high, loss.provenance) == (None, 0.0002, 0.0005, Provenance.ESTIMATED)
    assert run.figures["operator/time"] == Figure(None, "s", 3600.0, 7200.0, Provenance.ASSUMED, "a guess")
    assert run.claims == (Claim("9x", "cost", 9.0),)
    (other,) = run.alternatives
    assert (other.name, other.config) == ("small", {"latent": {"dim": 8}})
    assert other.figures["cost"].provenance is Provenance.ESTIMATED


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (HEAD + "figurs: {}\n", 3, "'figurs' is unknown. Did you mean 'figures'?"),
        (HEAD + "figures:\n  nrmse: 1\n  time: 3\n", 5, "'figures.time' needs a unit"),
        (HEAD + "figures:\n  time: 3 parsecs\n", 4, "needs a unit of time, not 'parsecs'"),
        (HEAD + "figures:\n  cost: 3\n", 4, "'figures.cost' needs a unit"),
        (HEAD + "figures:\n  cost: -3 USD\n", 4, "0 or more"),
        (HEAD + "figures:\n  x: {low: 3, high: 1}\n", 4, "has a low (3) above its high (1)"),
        (HEAD + "figures:\n  x: {low: .nan, high: 1}\n", 4, "above its high"),
        (HEAD + "figures:\n  x: {low: 3}\n", 4, "only one end of a range"),
        (HEAD + "figures:\n  x: {value: 9, low: 3, high: 4}\n", 4, "outside its range"),
        (HEAD + "figures:\n  x: {unit: s}\n", 4, "has no value"),
        (HEAD + "figures:\n  x: {value: 1, provenance: guessed}\n", 4, "can't be 'guessed'"),
        (HEAD + "figures:\n  x: {value: 1, provenance: estimatd}\n", 4, "Did you mean 'estimated'?"),
        (HEAD + "figures:\n  x: {vlaue: 1}\n", 4, "Did you mean 'value'?"),
        (HEAD + "figures:\n  x: abc\n", 4, "must be a number, not 'abc'"),
        (HEAD + "figures:\n  x: true\n", 4, "must be a number, not True"),
        (HEAD + "figures:\n  x:\n", 4, "must be a number, not empty"),
        (HEAD + "figures:\n  operator/final_los: 3\n", 4, "Did you mean 'final_loss'?"),
        (HEAD + "figures: [1]\n", 3, "'figures' must be a mapping, not a list"),
        (HEAD + "figures:\n  1: 2\n", 3, "has the key 1, which is no text"),
        (HEAD + "config: 3\n", 3, "'config' must be a mapping"),
        (HEAD + "claims:\n  - {text: x, quantity: y, ratio: 2}\n", 4, "'y' is none of the figures"),
        (HEAD + "figures: {y: 1}\nclaims:\n  - text: x\n    quantity: y\n    ratio: 0\n", 7, "must be above 0"),
        (HEAD + "claims:\n  - {text: x}\n", 4, "lacks 'quantity'"),
        (HEAD + "claims: {}\n", 3, "must be a list, not a mapping"),
        (HEAD + "alternatives:\n  - {config: {}}\n", 4, "lacks 'name'"),
        (HEAD + "alternatives:\n  - name: x\n    figures: {cost: 3}\n", 5, "needs a unit"),
        (HEAD + "hardware: {accelerator_count: -1}\n", 3, "whole number of 0 or more"),
        (HEAD + "hardware: {gpu: A100}\n", 3, "'hardware.gpu' is unknown"),
        (HEAD + "tags: t\n", 3, "must be a list, not 't'"),
        (HEAD + "id: b\n", 3, "duplicate key"),
        (HEAD + "x: [1\n", 4, "this is not YAML"),
        (HEAD + "\tx: 1\n", 3, "this is not YAML"),
        ("runcompare: 2\nid: a\n", 1, "this runcompare reads version 1"),
        ("runcompare: 1\n", 1, "lacks 'id'"),
        ("runcompare: 1\nid: 3\n", 2, "'id' must be a text, not 3. Put quotes around it."),
        ("runcompare: 1\nid: ''\n", 2, "'id' must be a text"),
    ],
)
def test_every_mistake_has_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert f"rec.yaml, line {line}:" in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nan_is_a_figure(tmp_path: Path) -> None:
    figure = read(tmp_path, HEAD + "figures: {nrmse: .nan}\n").figures["nrmse"]
    assert figure.value is not None
    assert math.isnan(figure.value)


FIGURES: dict[str, dict[str, Any]] = {
    "hjnqclgk": {
        "nrmse": 0.0907, "time": 315 * 60, "eval_time": 80 * 60, "cost": 10.78,
        "operator/epochs": 50, "operator/final_loss": 0.000659, "operator/best_loss": 0.000720,
        "operator/grad_norm": 0.107, "diff_residual/epochs": 15, "diff_residual/final_loss": 0.00813,
        "diff_residual/best_loss": 0.00875, "diff_residual/grad_norm": 0.313, "consistency_distill/epochs": 10,
        "consistency_distill/final_loss": 1.20e-06, "consistency_distill/best_loss": 1.71e-06,
        "consistency_distill/grad_norm": 8.91e-05,
    },
    "baseline32": {
        "nrmse": 0.0921, "nrmse_without_ttc": 0.7845, "time": 20 * 60, "eval_time": (300, 600), "cost": 0.70,
        "operator/epochs": 15, "operator/final_loss": (0.0002, 0.0005), "operator/best_loss": (0.0002, 0.0005),
        "operator/grad_norm": (0.05, 0.10), "diff_residual/epochs": 8, "diff_residual/final_loss": (0.004, 0.006),
        "diff_residual/best_loss": (0.004, 0.006), "diff_residual/grad_norm": (0.15, 0.25),
        "consistency_distill/epochs": 8, "consistency_distill/final_loss": (1e-6, 2e-6),
        "consistency_distill/best_loss": (1e-6, 2e-6), "consistency_distill/grad_norm": 1e-4,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_the_writeups_figures_are_all_there(name: str) -> None:
    (run,) = resolve(str(WRITEUP / f"{name}.yaml"), roots=[]).runs
    stated = {k: (f.low, f.high) if f.is_range else f.value for k, f in run.figures.items()}
    assert stated.keys() == FIGURES[name].keys()
    assert all(stated[key] == pytest.approx(figure) for key, figure in FIGURES[name].items())
    assert run.hardware == Hardware("A100", 1)
    assert all(f.provenance is Provenance.ESTIMATED for f in run.figures.values() if f.is_range)
