"""What a notebook calls: whole results, the same figures as the commands print."""

from pathlib import Path
from typing import Any

import pytest

import runcompare
from runcompare.errors import ConfigError, RunNotFound, UsageError

ROOT = Path(__file__).parents[1]
WRITEUP = ROOT / "examples" / "writeup"
HARDWARE = {"accelerator": "Tesla T4", "accelerator_count": 1}


def record(folder: Path, group: str, seed: int, value: float = 0.1, **more: Any) -> None:
    config = {"label": group, "stages": {"operator": {"epochs": 2}}, "seed": seed, **more}
    with runcompare.Recorder(folder / f"{group}{seed}", group=group, config=config, hardware=HARDWARE) as log:
        with log.stage("operator"):
            for epoch in range(2):
                log.log({"operator/loss": 1.0, "operator/epoch": epoch, "operator/epoch_time_sec": 1e-6})
        log.summary({"eval/nrmse": value})


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for seed in range(2):
        record(tmp_path, "new", seed, 0.05 + 0.001 * seed)
        record(tmp_path, "old", seed, 0.10 + 0.001 * seed)
    return tmp_path


def test_cost_of_a_group_is_each_runs_ledger_and_their_sum(runs: Path) -> None:
    report = runcompare.cost("new", runs=runs, gpu_price=3600)
    (group,) = report.groups
    assert (group.label, len(group.runs)) == ("new", 2)
    total = group.group.total
    assert total.wall.value == pytest.approx(sum(x.total.wall.value for x in group.runs))
    assert total.money.value == pytest.approx(total.wall.value)
    assert (report.ratios, report.iso_quality, report.to_target, report.frontier) == ((), (), {}, ())


def test_cost_compares_all_but_the_last_with_the_last(runs: Path) -> None:
    report = runcompare.cost("new", "id:" + runcompare.load("old", runs=runs).runs[0].id, "old", runs=runs)
    assert [(r.candidate, r.baseline) for r in report.ratios] == [
        (report.groups[0].label, report.groups[2].label),
        (report.groups[1].label, report.groups[2].label),
    ]
    assert {"wall", "money", "device_hours"} <= report.ratios[0].ratios.keys()
    assert [e.key for e in report.iso_quality] == ["eval/nrmse"] * 2


def test_cost_to_a_target_and_the_frontier(runs: Path) -> None:
    report = runcompare.cost("new", "old", runs=runs, metric="eval/nrmse", target=0.06)
    assert {name: t.reached for name, t in report.to_target.items()} == {"new": 2, "old": 0}
    assert {c.label for c in report.frontier} == {"new", "old"}
    assert sorted(p.quality for p in report.points) == pytest.approx([0.05, 0.051, 0.10, 0.101])


def test_cost_takes_runs_at_hand_and_keeps_their_labels_apart(runs: Path) -> None:
    group = runcompare.load("new", runs=runs)
    report = runcompare.cost(group, group.runs[0], [group.runs[1]], runs=runs)
    assert len({g.label for g in report.groups}) == 3


def test_warnings_of_a_reference_are_a_field() -> None:
    report = runcompare.cost("hjnqclgk", runs=ROOT / "examples" / "runs")
    assert any("the group is meant" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": 1.0}, "metric"),
        ({"gpu_price": 0.0}, "above 0"),
        ({"region": "XX"}, "XX"),
        ({"cloud": "nimbus"}, "nimbus"),
        ({"metric": "eval/nrsme"}, "eval/nrmse"),
    ],
)
def test_a_wrong_cost_call_says_what_is_wrong(options: dict[str, Any], words: str, runs: Path) -> None:
    with pytest.raises(UsageError, match=words):
        runcompare.cost("new", runs=runs, **options)


def test_cost_of_nothing_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="at least one"):
        runcompare.cost()


def test_a_plan_holds_lines_noise_and_what_the_budget_resolves() -> None:
    plan = runcompare.plan(WRITEUP / "hjnqclgk.yaml", WRITEUP / "baseline32.yaml", noise_cv=0.197, budget=1000)
    assert plan.runs == (1, 1)
    assert (plan.noise.source, plan.power, plan.metric.key) == ("assumed", 0.8, "nrmse")
    seeds = [line.seeds[0] for line in plan.lines]
    assert seeds == sorted(seeds, reverse=True)
    assert plan.budget is not None
    assert plan.budget.surely == plan.budget.at_best == 0.1


def test_more_power_takes_more_seeds() -> None:
    sides = WRITEUP / "hjnqclgk.yaml", WRITEUP / "baseline32.yaml"
    low, high = (runcompare.plan(*sides, noise_cv=0.197, power=power).lines[0].seeds[0] for power in (0.5, 0.9))
    assert low < high


@pytest.mark.parametrize("options", [{"power": 1.5}, {"power": 0}, {"budget": 0}, {"budget": -1}])
def test_a_plan_refuses_impossible_numbers(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="must"):
        runcompare.plan(WRITEUP / "hjnqclgk.yaml", WRITEUP / "baseline32.yaml", noise_cv=0.2, **options)


def test_a_forecast_of_a_mapping_and_of_its_file_are_the_same(runs: Path, tmp_path: Path) -> None:
    config = {"other": "program's", "stages": {"operator": {"epochs": 4}}}
    path = tmp_path / "new.yaml"
    path.write_text("other: program's\nstages: {operator: {epochs: 4}}\n")
    mine, theirs = (runcompare.forecast(c, like=["new"], runs=runs) for c in (config, path))
    assert mine.total == theirs.total
    assert mine.lines[0].wall.source.startswith("4 epochs x ")
    assert any("another program's" in note for note in theirs.notes)


def test_a_forecast_goes_by_all_runs_unless_some_are_named(runs: Path) -> None:
    config = {"label": "new", "stages": {"operator": {"epochs": 2}}}
    assert "4 runs" in runcompare.forecast(config, runs=runs).method
    assert "2 runs" in runcompare.forecast(config, like=["new"], runs=runs).method
    with pytest.raises(RunNotFound, match="no runs"):
        runcompare.forecast(config, runs=runs / "none")


def test_a_forecast_notes_runs_that_can_not_be_read(runs: Path) -> None:
    (runs / "new0" / "record.jsonl").write_bytes(b"garbage")
    expected = runcompare.forecast({"stages": {"operator": {"epochs": 2}}}, runs=runs)
    assert "3 runs" in expected.method


@pytest.mark.parametrize("text", ["a: [1", "just words", ""])
def test_a_config_that_is_none_is_a_config_error(text: str, runs: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"bad\.yaml"):
        runcompare.forecast(tmp_path / "bad.yaml", runs=runs)


def test_prices_given_win_over_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.runcompare]\ngpu-price = 2.0\n")
    monkeypatch.chdir(tmp_path)
    from runcompare.api import price_book

    assert price_book().price("Tesla T4").value == 2.0
    assert price_book(gpu_price=3.0).price("Tesla T4").value == 3.0
