import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from runcompare.cli.train import train as train_command
from runcompare.engine.pipeline import train
from runcompare.errors import ConfigError, UsageError
from runcompare.records.recorder import decode_line

SHORT = Path(__file__).parents[2] / "examples" / "short.yaml"
STAGES = ("autoencoder", "operator", "diff_residual", "consistency_distill")


def entries(folder):
    return [e for line in (folder / "record.jsonl").read_bytes().splitlines() if (e := decode_line(line))]


def test_every_stage_logs_a_row_an_epoch_with_the_promised_keys(trained, tiny):
    rows = [e["values"] for e in entries(trained[0]) if e["type"] == "row"]
    for stage in STAGES:
        mine = [r for r in rows if f"{stage}/loss" in r]
        assert len(mine) == getattr(tiny().stages, stage).epochs
        for key in ("val_loss", "grad_norm", "lr", "epoch", "epoch_time_sec", "best_loss"):
            assert all(f"{stage}/{key}" in r for r in mine), key
        best = [r[f"{stage}/best_loss"] for r in mine]
        assert best == [min(r[f"{stage}/loss"] for r in mine[: i + 1]) for i in range(len(mine))]
        assert trained[1][f"{stage}/best_val_loss"] == min(r[f"{stage}/val_loss"] for r in mine)
    assert [r["global_step"] for r in rows] == list(range(len(rows)))


def test_stages_are_timed_in_order(trained):
    spans = [(e["name"], e["event"]) for e in entries(trained[0]) if e["type"] == "stage"]
    assert spans == [(s, e) for s in ("data", *STAGES, "eval") for e in ("start", "end")]


def test_summary_holds_what_was_promised(trained):
    s = trained[1]
    assert s["eval/nrmse"] == s["eval/ttc_nrmse"]
    assert s["eval/ttc_improvement_pct"] == pytest.approx(100 * (1 - s["eval/ttc_nrmse"] / s["eval/baseline_nrmse"]))
    assert s["eval/network_evaluations"] == 6 * (4 + 2 * 4)
    assert s["eval/nrmse"] < s["eval/persistence_nrmse"] / 2
    assert s["autoencoder/floor_nrmse"] < s["eval/baseline_nrmse"]
    assert {"eval/ttc_mass_gap", "eval/baseline_energy_gap", "data/fingerprint"} <= set(s)


def test_the_corrector_never_makes_validation_worse(trained):
    for stage in ("diff_residual", "consistency_distill"):
        assert trained[1][f"{stage}/val_nrmse_corrected"] <= trained[1][f"{stage}/val_nrmse_operator"]
        assert 0 <= trained[1][f"{stage}/gate"] <= 1


def test_one_student_step_is_nearer_to_the_teacher_than_one_teacher_step(trained):
    s = trained[1]
    student = s["consistency_distill/student_to_teacher_mse"]
    assert student < s["consistency_distill/one_step_teacher_to_teacher_mse"]


def test_per_trajectory_errors_average_to_the_summary(trained):
    rows = list(csv.DictReader((trained[0] / "per_trajectory.csv").open()))
    assert len(rows) == 12
    for key in ("eval/nrmse", "eval/baseline_nrmse", "eval/ttc_nrmse"):
        assert sum(float(r[key]) for r in rows) / 12 == pytest.approx(trained[1][key], rel=1e-5)
    samples = {e["name"]: e["values"] for e in entries(trained[0]) if e["type"] == "samples"}
    assert samples["eval/nrmse"] == [float(r["eval/nrmse"]) for r in rows]


def test_a_real_wandb_run_lies_beside_the_record(trained):
    (log,) = trained[0].glob("wandb/offline-run-*-tinyrun1/run-tinyrun1.wandb")
    raw = log.read_bytes()
    assert raw.startswith(b":W&B")
    assert b"operator/grad_norm" in raw
    assert list(log.parent.glob("files/per_trajectory.csv"))


def test_wandb_files_name_no_host_user_or_path(trained):
    import getpass
    import socket

    raw = b"".join(p.read_bytes() for p in trained[0].rglob("*.wandb"))
    for word in (str(trained[0]), str(Path.cwd()), socket.gethostname(), f"/{getpass.getuser()}/"):
        assert word.encode() not in raw


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(trained, tiny, tmp_path):
    same, other = (train(tiny(seed=s), tmp_path / str(s), use_wandb=False)[1] for s in (3, 4))
    timeless = {k: v for k, v in same.items() if not k.endswith("time_sec")}
    assert timeless == {k: trained[1][k] for k in timeless}
    assert other["eval/nrmse"] != same["eval/nrmse"]
    assert other["eval/persistence_nrmse"] == same["eval/persistence_nrmse"]


def test_a_learning_rate_that_blows_up_is_logged_as_nan_and_ends(tiny, tmp_path):
    config = tiny(
        stages__operator__optimizer__lr=1e6, training__grad_clip=1e9, stages__operator__optimizer__name="adam"
    )
    _, summary = train(config, tmp_path / "r", use_wandb=False, checkpoints=False)
    assert entries(tmp_path / "r")[-1]["state"] == "finished"
    assert not summary["eval/nrmse"] < 1


def test_the_command_refuses_a_folder_that_holds_a_run(trained):
    result = CliRunner().invoke(train_command, [str(SHORT), "--out", str(trained[0])])
    assert isinstance(result.exception, UsageError)


def test_the_command_checks_the_configuration_before_it_starts(tmp_path):
    result = CliRunner().invoke(train_command, [str(SHORT), "--set", "ttc.candidats=3", "--out", str(tmp_path / "r")])
    assert isinstance(result.exception, ConfigError)
    assert "Did you mean 'candidates'?" in str(result.exception)
    assert not (tmp_path / "r").exists()


def test_the_command_refuses_ids_that_could_name_other_files(tmp_path):
    result = CliRunner().invoke(train_command, [str(SHORT), "--id", "../x", "--out", str(tmp_path / "r")])
    assert isinstance(result.exception, UsageError)
    assert not (tmp_path / "r").exists()


def test_the_command_says_when_its_folder_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    result = CliRunner().invoke(train_command, [str(SHORT), "--out", str(tmp_path / "file" / "r")])
    assert isinstance(result.exception, UsageError)
    assert "can't be made" in str(result.exception)


def test_the_config_that_is_logged_trains_again(trained):
    from runcompare.engine.config.read import parse_config

    (run,) = [e for e in entries(trained[0]) if e["type"] == "run"]
    known = {k: v for k, v in run["config"].items() if k not in ("parameters", "hardware", "git")}
    assert parse_config(json.loads(json.dumps(known))).seed == 3
