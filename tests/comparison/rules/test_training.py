import numpy as np
from logged_runs import logged_group

from runcompare.comparison.build import Request, build

UP_AGAIN = [*np.linspace(1.0, 0.5, 12), *np.linspace(0.6, 0.8, 8)]


def test_the_grad_norm_that_ends_higher_says_by_how_much():
    rng = np.random.default_rng(0)

    def side(label, level):
        rows = [{"val_accuracy": [0.5], "loss": [1.0], "grad_norm": [level * rng.lognormal(0, 0.01)]} for _ in range(4)]
        return logged_group(label, *rows)

    c = build(side("a", 2.0), side("b", 1.0), Request())
    (found,) = [f for f in c.findings if f.rule == "grad_norm_higher"]
    assert (found.strength, round(found.facts["ratio"])) == ("strong", 2)


def test_what_both_sides_share_is_no_finding():
    rows = {"val_accuracy": [0.5] * 20, "loss": np.geomspace(1, 0.1, 20), "val_loss": UP_AGAIN, "epoch": range(20)}
    c = build(logged_group("a", rows, rows), logged_group("b", rows, rows), Request())
    assert not {f.rule for f in c.findings} & {"overfitting", "under_trained"}
