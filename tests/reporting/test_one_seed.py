"""A seed that lies far from the others is named at the top of the report, with the verdict with and without it."""

import runcompare


def side(name: str, values: list[float]) -> list[runcompare.Run]:
    def curve(value: float) -> list[dict[str, float]]:
        return [{"step": t, "val/nrmse": value * (1 + 1 / t if t < 5 else 1)} for t in range(1, 6)]

    return [
        runcompare.from_frame(curve(v), name=f"{name}{i}", group=name, config={"of": name, "seed": i})
        for i, v in enumerate(values)
    ]


BASE = [0.1, 0.102, 0.099]


def test_a_seed_ten_times_off_is_named_with_the_verdict_with_and_without_it() -> None:
    document = runcompare.report(side("odd", [0.08, 0.0805, 0.81]), side("base", BASE))
    top = document.split("---")[0]
    assert "TL;DR: **Inconclusive" in top
    assert "**One seed:** The candidate's seed at 2 lies far from the others" in top
    assert "with it the verdict is 'inconclusive', without it 'better'" in top


def test_no_seed_is_named_where_none_lies_far() -> None:
    assert "One seed:" not in runcompare.report(side("new", [0.08, 0.0805, 0.081]), side("base", BASE))


def test_one_run_against_replicates_has_the_weaker_word() -> None:
    five = side("base", [0.1, 0.102, 0.099, 0.101, 0.0985])
    there, back = runcompare.report(side("one", [0.0955]), five), runcompare.report(five, side("one", [0.0955]))
    assert "One run beyond the baseline's seeds: NRMSE 4.6 % lower" in there
    assert "One run beyond the candidate's seeds" in back
    assert "one run can't show to be its method's" in there
