from dataclasses import replace

from runcompare.comparison.stages.detect import canonical, detect_stages, stage_key
from runcompare.records.figure import Figure
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo


def test_aliases_and_front_prefixes_fold():
    assert canonical("diffusion_residual") == canonical("training/diff_residual") == "diff_residual"


def test_stages_come_in_the_order_they_ran_with_eval_last(run):
    stages = detect_stages([run(stages={"zeta": [1.0, 2.0], "eval": [1.0], "alpha": [1.0]})])
    assert [s.name for s in stages] == ["zeta", "alpha", "eval"]


def test_one_stage_under_two_names(run):
    a = run("a", stages={"diff_residual": [1.0]})
    b = run("b", stages={"training/diffusion_residual": [1.0]})
    (stage,) = detect_stages([a, b])
    assert stage.name == "diff_residual"
    assert stage_key(a, stage, "loss") == "diff_residual/loss"
    assert stage_key(b, stage, "loss") == "training/diffusion_residual/loss"


def test_order_without_spans_follows_the_rows(run):
    bare = replace(run(stages={"second": [1.0], "first": [1.0]}), stages=())
    assert [s.name for s in detect_stages([bare])] == ["second", "first"]


def test_keys_without_prefix_make_one_stage():
    history = History.from_rows([{"loss": 1.0, "grad_norm": 2.0}])
    run = Run(RunInfo("a", "a", "test", "a"), history=history)
    (stage,) = detect_stages([run])
    assert stage.name == "training"
    assert stage_key(run, stage, "loss") == "loss"


def test_a_configured_stage_that_never_ran_is_not_a_stage(run):
    stages = detect_stages([run(stages={"operator": [1.0]}, config={"stages": {"operator": {}, "ghost": {}}})])
    assert [s.name for s in stages] == ["operator"]


def test_hand_written_figures_name_their_stages():
    run = Run(RunInfo("a", "a", "yaml", "a"), figures={"operator/final_loss": Figure(1.0), "cost": Figure(2.0)})
    assert [s.name for s in detect_stages([run])] == ["operator"]
