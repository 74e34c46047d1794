"""One run a side and no history: other people's runs of its kind, labelled, and never more than likely."""

import pytest

import runcompare
from runcompare.comparison.build import Request, build
from runcompare.metrics.value import parse_rule
from runcompare.records.run import Group


def run(name: str, seed: int = 0, **finals: float):
    keys = {key.replace("__", "/"): value for key, value in finals.items()}
    rows = [{"step": i, **{key: value * (1 + 0.5 / (i + 1)) for key, value in keys.items()}} for i in range(40)]
    return runcompare.from_frame([*rows, {"step": 40, **keys}], name=name, config={"lr": 1, "seed": seed, "side": name})


def compared(metric: str, new: float, old: float, *, seeds: int = 1, beside: dict[str, float] | None = None, **options):
    def side(name: str, value: float) -> Group:
        step = 1e-3 * value
        made = [run(f"{name}{s}", s, **{metric: value + s * step, **(beside or {})}) for s in range(seeds)]
        return Group(name, name, tuple(made))

    return build(side("new", new), side("old", old), Request(metric=metric.replace("__", "/"), **options))


@pytest.mark.parametrize(
    ("metric", "new", "old", "word"),
    [
        ("val__acc", 0.965, 0.9, "likely better"),
        ("val__acc", 0.9, 0.965, "likely worse"),
        ("val__acc", 0.905, 0.9, "can't tell"),
        ("val__ppl", 24.0, 26.5, "likely better"),
        ("val__ppl", 26.4, 26.5, "can't tell"),
        ("val__bpb", 1.0, 1.1, "likely better"),
        ("test__nrmse", 0.05, 0.09, "likely better"),
        ("test__nrmse", 0.0907, 0.0921, "can't tell"),
        ("eval__episode_return", 900.0, 300.0, "can't tell"),
        ("val__loss", 0.1, 0.9, "can't tell"),
    ],
)
def test_the_word(metric, new, old, word):
    c = compared(metric, new, old)
    assert c.verdict == word
    assert c.quality.test.noise.source == ("unknown" if metric == "val__loss" else "library")


def test_a_likely_difference_asks_for_seeds_and_settles_nothing():
    c = compared("val__acc", 0.965, 0.9)
    assert c.worth == "find out"
    advice = next(r for r in c.recommendations if r.action == "run_seeds")
    assert advice.rank == min(r.rank for r in c.recommendations)
    assert advice.facts["seeds_low"] >= 3
    assert advice.sentence.startswith("**Confirm it**")
    assert not {r.action for r in c.recommendations} & {"adopt", "weigh", "keep_baseline"}


def test_it_says_whose_noise_it_is():
    c = compared("val__acc", 0.965, 0.9)
    noise = c.quality.test.noise
    assert "BERT base, SST-2" in noise.names
    assert "github.com/castorini/sigtestv (MIT, 2019-12-03)" in noise.published
    assert noise.low < noise.shown < noise.high
    assert [note.code for note in c.quality.test.warnings] == ["noise-of-others"]
    assert next(choice for choice in c.choices if choice.what == "noise").flag.startswith("--no-noise-library")


def test_it_is_off_when_asked_and_where_anything_else_is_known():
    assert compared("val__acc", 0.965, 0.9, noise_library=False).quality.test.noise.source == "unknown"
    assert compared("val__acc", 0.965, 0.9, noise_cv=0.01).quality.test.noise.source == "assumed"
    assert compared("val__acc", 0.965, 0.9, seeds=3).quality.test.noise.source == "replicates"
    history = Group("h", "h", tuple(run(f"h{s}", s, val__acc=0.9 + 0.001 * s) for s in range(3)))
    assert compared("val__acc", 0.965, 0.9, history=[history]).quality.test.noise.source == "history"


def test_a_loss_beside_a_perplexity_is_judged_as_a_language_models():
    assert compared("val__loss", 3.2, 3.3, beside={"val__ppl": 26.0}).verdict == "likely better"


def test_the_mean_of_the_last_tenth_has_noise_of_its_own():
    last = compared("eval__episode_return", 900.0, 300.0)
    tail = compared("eval__episode_return", 900.0, 300.0, value=parse_rule("mean-last:10%"))
    assert tail.quality.test.noise.sd < last.quality.test.noise.sd


def test_sides_with_one_run_each_by_history_are_only_likely_too():
    history = [
        Group(f"h{g}", f"h{g}", tuple(run(f"h{g}{s}", s, val__loss=1 + 0.01 * s) for s in range(3))) for g in range(6)
    ]
    c = compared("val__loss", 0.95, 1.0, history=history)
    assert c.verdict == "likely better"
    assert c.worth == "find out"
    assert compared("val__loss", 0.5, 1.0, history=history).verdict == "better"
