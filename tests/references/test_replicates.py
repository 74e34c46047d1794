"""The history of a project finds its groups by itself."""

from pathlib import Path

import pytest

import runcompare
from runcompare.references.places import Places
from runcompare.references.replicates import replicated_groups


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
