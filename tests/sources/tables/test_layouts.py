"""Tables as usual trainers leave them, found in a folder and named."""

import json
from pathlib import Path

import pytest

from runcompare.errors import UnreadableRun
from runcompare.records.run import Run
from runcompare.sources import list_runs
from runcompare.sources.registry import read_run
from runcompare.sources.tables.source import TableFiles


def only(path: Path) -> Run:
    (info,) = list_runs([path]).runs
    return read_run(info)


def rows(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def test_keras_csv_logger(tmp_path: Path) -> None:
    path = rows(tmp_path / "run1", "training.log", "epoch,accuracy,val_loss\n0,0.5,1.1\n1,0.75,0.5\n")
    assert only(path).summary == only(tmp_path).summary == {"epoch": 1, "accuracy": 0.75, "val_loss": 0.5}
    assert only(path).name == "run1"


@pytest.mark.parametrize("name", ["history.json", "training_history.json"])
@pytest.mark.parametrize("nested", [False, True])
def test_keras_history_as_json(tmp_path: Path, name: str, nested: bool) -> None:
    columns = {"loss": [1.0, 0.5, 0.25], "val_loss": [2.0, 1.0, 0.75]}
    whole = {"history": columns, "params": {"epochs": 3}, "epoch": [0, 1, 2]} if nested else columns
    rows(tmp_path / "run1", name, json.dumps(whole))
    run = only(tmp_path)
    assert run.history.series("val_loss").value.tolist() == [2.0, 1.0, 0.75]


@pytest.mark.parametrize("pad", ["", "      "])
def test_ultralytics(tmp_path: Path, pad: str) -> None:
    text = f"{pad}epoch,{pad}time,{pad}metrics/mAP50-95(B)\n{pad}1,40.0,{pad}0.25\n{pad}2,80.0,{pad}0.5\n"
    rows(tmp_path / "runs/detect/train7", "results.csv", text)
    assert not list_runs([tmp_path]).runs  # a table of results, by its name alone
    rows(tmp_path / "runs/detect/train7", "args.yaml", "model: yolov8n.pt\nseed: 2\n")
    run = only(tmp_path)
    assert (run.name, run.seed, run.config["model"]) == ("train7", 2, "yolov8n.pt")
    assert run.history.series("metrics/mAP50-95(B)").step.tolist() == [1, 2]
    assert run.runtime_s == 80


def test_spinning_up(tmp_path: Path) -> None:
    text = "Epoch\tAverageTestEpRet\tTotalEnvInteracts\tTime\n1\t600.0\t4000\t30.0\n2\t1200.0\t8000\t60.0\n"
    rows(tmp_path / "td3_s1", "progress.txt", text)
    address = {"seed": 1, "gamma": 0.99, "env_fn": "<function f at 0x7fead66b829e>"}
    rows(tmp_path / "td3_s1", "config.json", json.dumps(address))
    run = only(tmp_path)
    assert (run.name, run.seed, run.config["gamma"]) == ("td3_s1", 1, 0.99)
    assert run.history.series("AverageTestEpRet").step.tolist() == [4000, 8000]
    assert run.runtime_s == 60


def test_lines_of_json_in_a_text_log(tmp_path: Path) -> None:
    rows(tmp_path / "dino", "log.txt", '{"train_lr": 0.1, "epoch": 0}\n{"train_lr": 0.05, "epoch": 1}\n')
    assert only(tmp_path).history.series("train_lr").step.tolist() == [0, 1]


def test_a_comment_before_the_header(tmp_path: Path) -> None:
    path = rows(tmp_path, "x.csv", '#{"t_start": 1.0, "env_id": "X"}\nr,l,t\n1.0,10,0.5\n2.0,20,1.5\n')
    assert only(path).history.frame["r"].to_list() == [1.0, 2.0]
    header = rows(tmp_path, "y.csv", "# step,loss\n0,1.0\n1,0.5\n")
    assert only(header).history.frame["_step"].to_list() == [0, 1]


@pytest.mark.parametrize("name", ["train.dat", "out.txt", "values", "run.log"])
def test_a_named_file_is_tried_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    assert only(rows(tmp_path, name, "step\tloss\n0\t1.0\n1\t0.5\n")).summary["loss"] == 0.5


@pytest.mark.parametrize("text", ["Epoch 1: loss 0.5\nEpoch 2: loss 0.25\n", "\0\1\2", "a, b\nc\nd, e, f\n"])
def test_free_text_is_no_table(tmp_path: Path, text: str) -> None:
    path = rows(tmp_path, "out.log", text)
    with pytest.raises(UnreadableRun, match=r"out\.log"):
        list(TableFiles().scan_named(path))


def test_beside_lightnings_settings_only_its_own_table_is_left_to_it(tmp_path: Path) -> None:
    rows(tmp_path / "a", "progress.csv", "step,loss\n0,1\n")
    rows(tmp_path / "a", "hparams.yaml", "lr: 0.5\n")
    assert only(tmp_path).config == {"lr": 0.5}


def test_mmengine_scalars_are_the_run_of_the_folder_around_them(tmp_path: Path) -> None:
    lines = [
        {"lr": 0.02, "loss": 1.7, "epoch": 1, "iter": 69, "step": 69},
        {"accuracy/top1": 43.1, "step": 1},  # validation counts its steps in epochs
        {"lr": 0.02, "loss": 0.9, "epoch": 2, "iter": 138, "step": 138},
        {"accuracy/top1": 70.9, "step": 2},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    for time in ("20230605_200941", "20230605_210000"):
        rows(tmp_path / "work" / time / "vis_data", "scalars.json", text)
    first, _ = list_runs([tmp_path]).runs
    run = read_run(first)
    assert run.name == "20230605_200941"
    top = run.history.series("accuracy/top1")
    assert (top.step.tolist(), top.value.tolist()) == ([69, 138], [43.1, 70.9])
    assert not any("falls back" in warning for warning in run.warnings)


def test_mmdetection_log_of_json_lines(tmp_path: Path) -> None:
    text = '{"env_info": "Python 3.8", "seed": 7}\n{"mode": "train", "epoch": 1, "iter": 50, "loss": 1.5}\n'
    rows(tmp_path / "faster_rcnn", "20210101_100000.log.json", text + '{"mode": "val", "epoch": 1, "bbox_mAP": 0.3}\n')
    run = only(tmp_path)
    assert run.info.id == "faster_rcnn/20210101_100000"
    assert run.seed == 7
    assert {"loss", "bbox_mAP"} <= set(run.history.numeric_keys)


def test_settings_that_every_row_repeats_are_the_config(tmp_path: Path) -> None:
    settings = {"args": {"algorithm": "ERM", "seed": 5}, "hparams": {"lr": 5e-5, "freeze": True}}
    lines = [settings | {"step": step, "env0_out_acc": 0.5 + step / 10} for step in (0, 1, 2)]
    rows(tmp_path / "a1b2", "results.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines))
    run = only(tmp_path)
    assert run.config == {"algorithm": "ERM", "seed": 5, "lr": 5e-5, "freeze": True}
    assert run.seed == 5
    assert set(run.history.numeric_keys) == {"step", "env0_out_acc"}
