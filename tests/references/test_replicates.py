"""The history of a project finds its groups by itself."""

import json
from pathlib import Path

import pytest

import runcompare
from runcompare.errors import AmbiguousReference
from runcompare.records.run import Grouping
from runcompare.references.groups import found_groups
from runcompare.references.places import Places
from runcompare.references.replicates import replicated_groups, without_seed


def record(folder: Path, run_id: str, level: float, seed: int, project: str | None = None) -> None:
    config = {"lr": level, "seed": seed, "name": run_id}
    with runcompare.Recorder(folder / run_id, id=run_id, project=project, config=config) as recorder:
        recorder.summary({"eval/nrmse": level * (1 + 0.05 * (-1) ** seed)})


@pytest.fixture
def project(tmp_path):
    for level in range(1, 8):
        for seed in range(3):
            record(tmp_path / "runs", f"r{level}x{seed}", float(level), seed, "mine")
    record(tmp_path / "runs", "alone", 99.0, 0, "mine")
    return tmp_path


def test_runs_of_one_configuration_but_for_the_seed_are_a_group(project):
    groups = replicated_groups(Places([project / "runs"], project / "none"), set(), None)
    assert [len(g) for g in groups] == [3] * 7
    assert {r.id for r in groups[0].runs} == {"r1x0", "r1x1", "r1x2"}


def test_the_runs_compared_are_left_out_and_their_other_seeds_are_not(project):
    groups = replicated_groups(Places([project / "runs"], project / "none"), {"r1x0", "r2x0", "r2x1"}, None)
    assert sorted(len(g) for g in groups) == [2] + [3] * 5


def test_another_projects_runs_are_not_this_ones_history(project):
    assert replicated_groups(Places([project / "runs"], project / "none"), set(), "other") == []


def test_the_store_remembers_what_comparisons_kept(project, monkeypatch):
    store = project / "store"
    monkeypatch.setenv("RUNCOMPARE_STORE", str(store))
    for level in range(1, 8, 2):
        a, b = ([str(project / "runs" / f"r{lvl}x{s}") for s in range(3)] for lvl in (level, min(7, level + 1)))
        for x, y in zip(a, b, strict=True):
            if x != y:
                runcompare.compare(x, y, runs=project / "empty", metric="eval/nrmse", keep=True)
    groups = replicated_groups(Places([], store), set(), "mine")
    assert len(groups) >= 6
    (project / "lone").mkdir()
    for name, level in (("new", 0.5), ("old", 1.0)):
        record(project / "lone", name, level, 0, "mine")
    c = runcompare.compare("id:new", "id:old", runs=project / "lone")
    assert c.quality.test.noise.source == "history"
    assert c.quality.test.noise.groups >= 6


def test_a_store_that_cannot_be_read_does_not_matter(tmp_path):
    (tmp_path / "file").write_text("")
    assert replicated_groups(Places([], tmp_path / "file"), set(), None) == []


def test_a_guardrail_that_got_worse_vetoes(tmp_path):
    for side, level, size in (("new", 0.5, 9.0), ("old", 1.0, 1.0)):
        for seed in range(4):
            config = {"side": side, "seed": seed}
            hardware = {"cpu": "x", "cpu_count": 1}
            folder = tmp_path / f"{side}{seed}"
            with runcompare.Recorder(folder, group=side, config=config, hardware=hardware) as recorder:
                noise = 1 + 0.01 * (-1) ** seed * (1 + seed)
                recorder.log({"x": 1.0})
                recorder.summary({"eval/nrmse": level * noise, "eval/latency": size * noise})
    c = runcompare.compare("new", "old", runs=tmp_path, guardrails=["eval/latency"], cpu_price=1.0)
    assert c.verdict == "better"
    (guard,) = [row for row in c.metrics if row.role == "guardrail"]
    assert guard.assessment == "worse"
    assert c.worth == "drop"


def states(folder: Path, rates: list[float]) -> None:
    """What Hugging Face's Trainer leaves: no learning rate but in the log."""
    for number, rate in enumerate(rates):
        rows = [
            {"step": 10 * i, "loss": (2 + rate + 0.1 * number) / (i + 1), "learning_rate": rate / (i + 1)}
            for i in range(4)
        ]
        state = {"global_step": 30, "max_steps": 30, "num_train_epochs": 3, "log_history": rows}
        (folder / f"run{number}").mkdir(parents=True)
        (folder / f"run{number}" / "trainer_state.json").write_text(json.dumps(state))


def test_learning_rates_that_were_logged_tell_runs_apart(tmp_path):
    states(tmp_path / "sweep", [1e-3, 2e-3, 5e-3])
    with pytest.raises(AmbiguousReference, match=r"learning_rate \(logged\)"):
        runcompare.load(str(tmp_path / "sweep"))


def test_runs_of_unknown_settings_are_a_side_because_the_user_says_so_and_no_history(tmp_path):
    states(tmp_path / "same", [1e-3, 1e-3])
    group = runcompare.load(str(tmp_path / "same"))
    assert (len(group), group.grouping) == (2, Grouping.USER)
    assert "only because they were named together" in group.notes[-1]
    assert replicated_groups(Places([tmp_path]), set(), None) == []


def test_names_that_differ_by_the_seed_are_known(tmp_path):
    for seed in range(3):
        (tmp_path / f"ppo_seed{seed}").mkdir()
        rows = "".join(f"{i},{(1 + 0.1 * seed) / (i + 1)}\n" for i in range(4))
        (tmp_path / f"ppo_seed{seed}" / "progress.csv").write_text(f"step,loss\n{rows}")
    group = runcompare.load("ppo_seed*", runs=tmp_path)
    assert (len(group), group.grouping) == (3, Grouping.NAMES)


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("ppo_seed3", "ppo_seed*"),
        ("ppo-s3", "ppo-s*"),
        ("a/seed=3", "a/seed=*"),
        ("ppo/3", "ppo/*"),
        ("train7", None),
        ("version_3", None),
        ("resnet50", None),
    ],
)
def test_what_a_name_says_of_its_seed(name, rest):
    assert without_seed(name) == rest


def test_folds_are_replicates_where_the_user_allows_it(tmp_path):
    for fold in range(3):
        config = {"lr": 1.0, "fold": fold, "seed": 0}
        with runcompare.Recorder(tmp_path / f"f{fold}", id=f"f{fold}", group="cv", config=config) as recorder:
            recorder.summary({"eval/nrmse": 1.0 + 0.1 * fold})
    with pytest.raises(AmbiguousReference, match="fold"):
        runcompare.load("cv", runs=tmp_path)
    group = runcompare.load("cv", runs=tmp_path, replicate_key="fold")
    assert len(group) == 3
    assert "Replicates may differ in fold." in group.notes


def test_folds_in_names_are_no_seeds(tmp_path):
    for fold in range(3):
        with runcompare.Recorder(
            tmp_path / f"fold_{fold}", id=f"fold_{fold}", group="cv", config={"lr": 1.0}
        ) as recorder:
            recorder.summary({"eval/nrmse": 1.0 + 0.1 * fold})
    with pytest.raises(AmbiguousReference, match=r"fold \(name\)"):
        runcompare.load("cv", runs=tmp_path)
    assert len(runcompare.load("cv", runs=tmp_path, replicate_key="fold")) == 3
    assert replicated_groups(Places([tmp_path]), set(), None) == []
    (group,) = replicated_groups(Places([tmp_path]), set(), None, ["fold"])
    assert len(group) == 3


def test_a_number_that_counts_the_runs_is_no_seed(tmp_path):
    """Sacred's folders 1, 2, 3, ... each state a seed of their own, and nothing else."""
    for number, seed in ((1, 786), (2, 524)):
        (tmp_path / "runs" / str(number)).mkdir(parents=True)
        (tmp_path / "runs" / str(number) / "config.json").write_text(f'{{"seed": {seed}}}')
        (tmp_path / "runs" / str(number) / "progress.csv").write_text(f"step,loss\n0,1.0\n1,0.{number}\n")
    assert [len(one.group) for one in found_groups(Places([tmp_path])).groups] == [1, 1]
    assert runcompare.load(str(tmp_path / "runs")).grouping == Grouping.USER


def test_a_seed_that_was_run_again_is_no_other_seed(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        record(tmp_path, name, 1.0, seed, None)
    (group,) = replicated_groups(Places([tmp_path]), set(), None)
    assert len(group) == 2
    assert "repeat a seed" in group.notes[-1]
