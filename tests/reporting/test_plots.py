import io
import math
import re
import struct
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from comparisons import make_comparison, make_curve

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Curve, RunValue, StageComparison
from runcompare.records.figure import Figure
from runcompare.reporting.plots import draw_plots, drawers
from runcompare.reporting.svg_pictures import draw_pictures


def stage_figure(stage: StageComparison) -> Any:
    return drawers(replace(make_comparison(), stages=(stage,)))[stage.name]()


def size(path: Path) -> tuple[int, int]:
    """Width and height from a PNG's header."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height


def with_curves(c: Comparison, *curves: Curve) -> Comparison:
    return replace(c, stages=(replace(c.stages[0], curves=curves),))


def test_draws_each_stage_the_metrics_curve_and_the_effect(full: Comparison, tmp_path: Path) -> None:
    drawn = draw_plots(full, tmp_path / "new")
    assert set(drawn) == {"effect", "curve", "operator"}
    for path in drawn.values():
        assert path.parent == tmp_path / "new"
        assert size(path)[0] == 960
        assert path.stat().st_size < 100_000


def test_same_comparison_same_bytes(full: Comparison, tmp_path: Path) -> None:
    once, again = draw_plots(full, tmp_path / "a"), draw_plots(full, tmp_path / "b")
    assert {n: p.read_bytes() for n, p in once.items()} == {n: p.read_bytes() for n, p in again.items()}


def test_leaves_the_users_style_and_pyplot_alone(full: Comparison, tmp_path: Path) -> None:
    import matplotlib

    before = draw_plots(full, tmp_path / "a")["operator"].read_bytes()
    with matplotlib.rc_context({"lines.linewidth": 9.0, "font.size": 20.0}):
        assert draw_plots(full, tmp_path / "b")["operator"].read_bytes() == before
        assert matplotlib.rcParams["font.size"] == 20.0


def test_one_run_each_without_curves_needs_no_picture(single: Comparison, tmp_path: Path) -> None:
    assert draw_plots(single, tmp_path) == {}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nonfinite_losses_are_gaps(full: Comparison, tmp_path: Path, bad: float) -> None:
    good = full.stages[0].curves[0]
    hurt = replace(good, center=(*good.center[:-1], bad), high=(*good.high[:-1], bad))
    all_bad = replace(good, role="baseline", center=(bad,) * 15, low=(bad,) * 15, high=(bad,) * 15)
    for curves in ((hurt, all_bad), (all_bad,)):
        assert draw_plots(with_curves(full, *curves), tmp_path)["operator"].stat().st_size > 5_000


def test_negative_losses_and_a_single_epoch(full: Comparison, tmp_path: Path) -> None:
    good = full.stages[0].curves[0]
    negative = replace(good, center=tuple(-v for v in good.center))
    single = replace(good, at=(1.0,), center=(0.5,), low=(0.5,), high=(0.5,), n=(1,), role="baseline")
    assert "operator" in draw_plots(with_curves(full, negative, single), tmp_path)


def test_file_names_stay_in_the_folder(full: Comparison, tmp_path: Path) -> None:
    names = ["../../etc/passwd", "A b", "a b", "...", "x" * 500]
    stages = tuple(replace(full.stages[0], name=name) for name in names)
    drawn = draw_plots(replace(full, stages=stages), tmp_path / "plots")
    assert set(drawn) == {"effect", "curve", *names}
    assert {p.resolve().parent for p in drawn.values()} == {(tmp_path / "plots").resolve()}
    assert len({p.name.lower() for p in drawn.values()}) == len(drawn)
    assert len(list((tmp_path / "plots").iterdir())) == len(drawn)


@pytest.mark.parametrize("name", ["effect", "curve"])
def test_a_stage_of_a_reserved_name_does_not_take_its_place(full: Comparison, tmp_path: Path, name: str) -> None:
    renamed = replace(full, stages=(replace(full.stages[0], name=name),))
    drawn = draw_plots(renamed, tmp_path)
    assert drawn[name].read_bytes() == draw_plots(full, tmp_path / "other")[name].read_bytes()


def test_every_loss_of_a_stage_has_a_panel(full: Comparison) -> None:
    losses = ("box_loss", "cls_loss", "dfl_loss")
    curves = [make_curve("candidate", f"{split}{loss}") for loss in losses for split in ("", "val_", "test_")]
    figure = stage_figure(replace(full.stages[0], curves=tuple(curves)))
    assert [axis.get_title() for axis in figure.axes] == ["box loss", "cls loss", "dfl loss"]
    assert {len(axis.lines) for axis in figure.axes} == {3}
    styles = [line.get_linestyle() for line in figure.axes[0].lines]
    assert len(set(styles)) == 3, "training, validation and test are told apart"


def test_the_axis_says_epochs_or_steps(full: Comparison) -> None:
    for axis in ("epoch", "step"):
        curve = replace(make_curve("candidate", "loss"), axis=axis)
        figure = stage_figure(replace(full.stages[0], curves=(curve,)))
        assert figure.axes[0].get_xlabel() == axis


def test_a_log_axis_only_where_values_span_enough(full: Comparison) -> None:
    wide = make_curve("candidate", "loss", epochs=30)
    narrow = replace(wide, center=(1.0,) * 30, low=(0.9,) * 30)
    for curve, scale in ((wide, "log"), (narrow, "linear")):
        figure = stage_figure(replace(full.stages[0], curves=(curve,)))
        assert figure.axes[0].get_yscale() == scale


def test_both_sides_of_the_metric_have_their_seed_band(full: Comparison) -> None:
    assert full.curve is not None
    (axis,) = drawers(full)["curve"]().axes
    assert (len(axis.lines), len(axis.collections)) == (2, 2)


@pytest.mark.parametrize(
    "word", ["$x^{$ \\frac", "lone \ud800 surrogate", "_hidden" + "x" * 5000], ids=["math", "bad", "long"]
)
def test_hostile_names_are_drawn_as_text(hostile: Comparison, tmp_path: Path) -> None:
    drawn = draw_plots(hostile, tmp_path)
    assert len(drawn) == 3
    assert all(size(path)[0] == 960 for path in drawn.values())


NAN, INF = math.nan, math.inf
ODD = {
    "none": (),
    "one": (0.5,),
    "nan": (NAN,) * 3,
    "infinite": (INF, -INF),
    "equal": (0.3,) * 3,
    "zero": (0.0,) * 3,
    "negative": (-1.0, -2.0),
    "huge": (1e308, -1e308, 1.5e308),
    "tiny": (5e-324, 1e-300),
    "wide": (1e-300, 1.0, 1e300),
}


@pytest.mark.parametrize("values", ODD.values(), ids=ODD)
def test_no_value_is_too_odd_to_be_drawn(full: Comparison, values: tuple[float, ...]) -> None:
    places = tuple(map(float, range(len(values))))
    curve = replace(full.stages[0].curves[0], at=places, center=values, low=values, high=values, n=(3,) * len(values))
    moved = replace(curve, role="baseline", at=values)
    runs = replace(full.quality.candidate, values=tuple(RunValue(f"r{i}", Figure(v, "")) for i, v in enumerate(values)))
    ends = {"low": min(values, default=None), "high": max(values, default=None), "effect": next(iter(values), None)}
    assert full.quality.test is not None
    test = replace(full.quality.test, **ends, margin=ends["high"])
    cost = tuple(replace(row, candidate=runs, baseline=runs) for row in full.cost)
    odd = replace(
        full,
        quality=replace(full.quality, candidate=replace(runs, center=ends["high"]), test=test),
        stages=(replace(full.stages[0], curves=(curve, moved)),),
        cost=cost,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        for draw in drawers(odd).values():
            draw().savefig(io.BytesIO(), dpi=40)
        for picture in draw_pictures(odd).values():
            assert "nan" not in re.findall(r'="([^"]*)"', picture)
