"""The last steps that all sources share, and that no source has of its own."""

import ast
from pathlib import Path

import polars as pl
import pytest
from whole_run import whole

import runcompare.sources
from runcompare.records.figure import Figure
from runcompare.records.run import Alternative, Attempt, Claim, DeclaredMetric, Hardware, RunInfo, StageSpan
from runcompare.sources.kit.assemble import Draft, assemble, safe_config, safe_info, without_secrets

PACKAGE = Path(runcompare.sources.__file__).parent
INFO = RunInfo("id1", "name", "test", "here")
SECRET = "ghp_" + "a1" * 18
ROWS = pl.DataFrame({"_step": [0, 1, 2], "loss": [3.0, 2.0, None], "note#json": [None, "[1]", None]})


def modules() -> dict[str, ast.Module]:
    paths = {str(path.relative_to(PACKAGE)): path for path in PACKAGE.rglob("*.py")}
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in paths.items()}


def test_a_run_is_made_in_one_place():
    calls = {name: [n for n in ast.walk(tree) if isinstance(n, ast.Call)] for name, tree in modules().items()}
    makers = {name for name, some in calls.items() if any(ast.unparse(call.func) == "Run" for call in some)}
    assert makers == {"kit/assemble.py"}


@pytest.mark.parametrize(
    ("what", "homes"),
    [
        ("runcompare.records.redact", {"kit/assemble.py"}),
        ("ruamel.yaml", {"kit/yaml_file.py", "handwritten/yaml_nodes.py"}),  # the latter remembers lines
        ("runcompare.sources.kit.hardware", {"kit/assemble.py", "recorder/run.py", "wandb/machine.py"}),
    ],
)
def test_what_has_one_home(what, homes):
    found = {
        name
        for name, tree in modules().items()
        if any(isinstance(node, ast.ImportFrom) and node.module == what for node in ast.walk(tree))
    }
    assert found == homes


def test_statuses_are_judged_in_one_place():
    numbers = {401, 403, 429}
    homes = {
        name
        for name, tree in modules().items()
        if any(isinstance(node, ast.Constant) and node.value in numbers for node in ast.walk(tree))
    }
    assert homes == {"kit/http_errors.py"}


def test_final_values_are_the_last_logged_unless_the_tracker_keeps_its_own():
    assert assemble(Draft(INFO, history=ROWS)).summary == {"loss": 2.0, "note": [1]}
    assert assemble(Draft(INFO, history=ROWS, more_summary={"loss": 1.0})).summary == {"loss": 1.0, "note": [1]}
    assert assemble(Draft(INFO, history=ROWS, summary={"best": 1.0})).summary == {"best": 1.0}


def test_hardware_is_that_of_the_tracker_else_stated_else_seen():
    system = pl.DataFrame({"gpu.0.x": [1], "system/gpu_0_power": [1.0]})
    assert assemble(Draft(INFO, system=system)).hardware == Hardware(accelerator_count=1)
    stated = {"hardware": {"accelerator": "A100", "accelerator_count": 2}}
    assert assemble(Draft(INFO, system=system, config=stated)).hardware == Hardware("A100", 2)
    assert assemble(Draft(INFO, config=stated, hardware=Hardware(cpu="x"))).hardware == Hardware(cpu="x")
    assert assemble(Draft(INFO, telemetry=["gpu/0/x"])).hardware == Hardware(accelerator_count=1)


def test_time_and_stages():
    attempts = (Attempt(10.0, 15.0), Attempt(20.0, None))
    assert assemble(Draft(INFO, attempts=attempts)).runtime_s == 5.0
    assert assemble(Draft(INFO, attempts=attempts, runtime_s=4.0)).runtime_s == 4.0
    assert assemble(Draft(INFO)).runtime_s is None
    ends = {"stages/a/started_at": 1.0, "stages/a/ended_at": 2.0}
    assert assemble(Draft(INFO, summary=ends)).stages == (StageSpan("a", 1.0, 2.0),)
    assert assemble(Draft(INFO, summary=ends, stages=())).stages == ()


def test_values_for_each_test_sample(tmp_path):
    (tmp_path / "per_trajectory.csv").write_text("i,a,b\n0,0.5,1\n1,0.25,\n")
    run = assemble(Draft(INFO, samples_in=[tmp_path, tmp_path / "absent"], samples={"c": (1.0,)}))
    assert run.samples["a"] == (0.5, 0.25)
    assert run.samples["c"] == (1.0,)
    (tmp_path / "per_trajectory.csv").write_bytes(b"")
    assert "can't be read" in assemble(Draft(INFO, samples_in=[tmp_path])).warnings[0]


def test_secrets_go_from_everything_and_a_warning_says_where():
    run = assemble(
        Draft(
            RunInfo("id1", f"n {SECRET}", "test", "here", tags=(SECRET, "x")),
            config={"deep": [{"api_key": "abc"}], "lr": 0.1},
            summary={"text": SECRET, "loss": 0.5},
            metadata={"args": ["--token", "abc"], "git_commit": "0a" * 20},
            history=ROWS.with_columns(pl.Series("say", ["fine", SECRET, None])),
            claims=(Claim(SECRET, "cost", 9.0),),
            alternatives=(Alternative("a", {"token": "abc"}),),
            warnings=(f"{SECRET} is odd.",),
        )
    )
    assert SECRET not in whole(run)
    assert SECRET not in run.history.frame.write_csv()
    assert "abc" not in whole(run)
    assert run.config["lr"] == 0.1
    assert run.metadata["git_commit"] == "0a" * 20
    assert run.history.frame["say"].to_list() == ["fine", "(redacted)", None]
    expected = "the name or tags, the config, the summary, the metadata, the history, the claims, the alternatives"
    assert run.warnings[-1] == f"What looks like a secret was taken out of {expected}."


def test_secrets_in_names_go_and_no_two_become_one():
    other = "ghp_" + "c4D5" * 9
    rows = pl.DataFrame({"_step": [0], f"a/{SECRET}": [1.0], f"a/{other}": [2.0], f"x?token={SECRET}#json": ["[1]"]})
    draft = Draft(
        INFO,
        config={SECRET: 1, other: 2},
        history=rows,
        samples={f"s/{SECRET}": (1.0, 2.0)},
        sample_keys={f"s/{SECRET}": (other, "b")},
        figures={"cost": Figure(1.0, source=SECRET)},
        declared=(DeclaredMetric(f"a/{SECRET}"),),
        hardware=Hardware(accelerator=f"A100 {SECRET}"),
        stages=(StageSpan(SECRET, 1.0, 2.0),),
    )
    run = assemble(draft)
    assert SECRET not in whole(run)
    assert other not in whole(run)
    expected = ["_step", "a/(redacted)", "a/(redacted) 2", "x?token=(redacted)#json"]
    assert run.history.frame.columns == expected
    assert sorted(run.config.values()) == [1, 2]
    assert (run.samples, run.sample_keys) == ({"s/(redacted)": (1.0, 2.0)}, {"s/(redacted)": ("(redacted)", "b")})
    assert without_secrets(run) is run


def test_a_run_without_secrets_is_kept_as_it_was_read():
    draft = Draft(INFO, config={"a": (1, 2), "nan": float("nan")}, history=ROWS, warnings=("x",))
    run = assemble(draft)
    assert run.config is draft.config
    assert run.history.frame is ROWS
    assert run.warnings == ("x",)


def test_a_name_that_is_the_id_too():
    info = safe_info(RunInfo(SECRET, SECRET, "test", f"here#{SECRET}"))
    assert (info.id, info.name, info.location) == ("(redacted)", "(redacted)", f"here#{SECRET}")
    assert safe_info(INFO) is INFO


def test_a_config_alone():
    assert safe_config({"password": "x", "n": 1}) == {"password": "(redacted)", "n": 1}


def test_warnings_hold_no_secret():
    run = assemble(Draft(INFO, warnings=(f"line 3 is odd: token={SECRET}",)))
    assert run.warnings == ("line 3 is odd: token=(redacted)",)
