"""Secrets that a run's files hold are in nothing that we write: reports, exports, the store, answers to SQL."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import planted_secrets
import pytest
import yaml
from planted_secrets import BY_FORM, IN_TEXT

from runcompare import Recorder, load, secrets_shown
from runcompare.cli import main
from runcompare.errors import UsageError
from runcompare.sources import list_runs
from runcompare.store.store import Store

SECRETS = {**{kind: (text, text) for kind, text in BY_FORM.items()}, **IN_TEXT}
PASSWORD = "correct-horse-" + planted_secrets.made(8)
SHA = planted_secrets.made(40, planted_secrets.HEX)
LOSSES = [0.9, 0.5, 0.3]


def config(lr: float) -> dict[str, Any]:
    planted = {f"note_{i}": text for i, (text, _) in enumerate(SECRETS.values())}
    return {"lr": lr, "git_commit": SHA, "data": "/data/train.h5", "db_password": PASSWORD, "deep": {"x": [planted]}}


def of_recorder(folder: Path, lr: float, name: str) -> None:
    with Recorder(folder / name, id=name, name=f"{name} --api-key {PASSWORD}", config=config(lr), tags=tags()) as run:
        for step, loss in enumerate(LOSSES):
            run.log({"val/loss": loss * lr, "message": BY_FORM["github"]}, step=step)
        run.summary({"val/loss": LOSSES[-1] * lr, "account": {"token": PASSWORD}, "last": BY_FORM["jwt"]})


def of_csv(folder: Path, lr: float, name: str) -> None:
    rows = [f"{step},{loss * lr},{BY_FORM['github']}" for step, loss in enumerate(LOSSES)]
    (folder / f"{name}.csv").write_text("\n".join(["step,val/loss,message", *rows, ""]))
    (folder / f"{name}.config.yaml").write_text(yaml.safe_dump(config(lr)))


def of_wandb(folder: Path, lr: float, name: str) -> None:
    wblog = pytest.importorskip("wblog", reason="needs the W&B client")
    rows = [{"val/loss": loss * lr, "message": BY_FORM["github"]} for loss in LOSSES]
    about = {"config": config(lr), "notes": IN_TEXT["pem"][0], "display_name": f"{name} token={PASSWORD}"}
    below = folder / "wandb" / f"offline-run-20260101_000000-{name}"
    below.mkdir(parents=True)
    (below / f"run-{name}.wandb").write_bytes(wblog.framed(wblog.simple_log(rows, name, **about)))


def of_mlflow(folder: Path, lr: float, name: str) -> None:
    run_id = name.encode().hex().ljust(32, "0")
    run = folder / "mlruns" / "1" / run_id
    stated = {"run_id": run_id, "run_name": name, "experiment_id": "1", "status": 3, "start_time": 1, "end_time": 2}
    texts = {"meta.yaml": yaml.safe_dump(stated), "tags/mlflow.note.content": IN_TEXT["flag"][0]}
    texts |= {"tags/team": BY_FORM["stripe"], "tags/mlflow.source.name": f"train.py --password={PASSWORD}"}
    texts |= {f"params/{key}": value for key, value in config(lr).items() if isinstance(value, str)}
    texts |= {f"params/{key}": value for key, value in config(lr)["deep"]["x"][0].items()}
    texts |= {"params/lr": str(lr), "metrics/val/loss": "".join(f"{i} {x * lr} {i}\n" for i, x in enumerate(LOSSES))}
    for path, text in texts.items():
        (run / path).parent.mkdir(parents=True, exist_ok=True)
        (run / path).write_text(text)


def tags() -> list[str]:
    return [BY_FORM["anthropic"], f"api_key={PASSWORD}", "plain"]


MAKERS = {"recorder": of_recorder, "csv": of_csv, "wandb": of_wandb, "mlflow": of_mlflow}


def leaks(text: str) -> list[str]:
    return [kind for kind, (_, secret) in SECRETS.items() if secret in text] + [PASSWORD] * (PASSWORD in text)


@pytest.fixture
def call(capsysbinary: Any) -> Callable[..., str]:
    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as end:
            main([*words])
        out, err = capsysbinary.readouterr()
        assert not end.value.code, err.decode()
        return str((out + err).decode())

    return run


@pytest.mark.parametrize("kind", MAKERS)
def test_no_output_holds_a_secret(kind: str, tmp_path: Path, call: Callable[..., str]) -> None:
    for name, lr in (("new", 0.5), ("old", 1.0)):
        MAKERS[kind](tmp_path, lr, name)
    listing = list_runs([tmp_path])
    new, old = (run.id for run in listing.runs)
    where = ("--runs", str(tmp_path))
    store = tmp_path / "store"
    shown = [repr(listing), call("runs", *where)]
    shown += [call("report", new, old, "--format", form, *where) for form in ("md", "html", "json")]
    exported = [call("export", new, "--format", form, *where) for form in ("json", "jsonl", "csv")]
    call("pull", *where, "--store", str(store))
    query = ("SELECT * FROM runs", "SELECT * FROM config", "SELECT * FROM summary", "SELECT * FROM history")
    answers = [call("sql", text, "--format", "json", "--store", str(store)) for text in query]
    for text in (*shown, *exported, *answers):
        assert not leaks(text)
    files = [path for path in store.rglob("*") if path.is_file()]
    assert files
    assert not any(leaks(path.read_bytes().decode("latin-1")) for path in files)
    document, _ = json.JSONDecoder().raw_decode(exported[0])
    assert "(redacted)" in exported[0]
    assert kind == "recorder" or any(
        "looks like a secret" in warning for warning in document["warnings"]
    )  # not written
    assert (document["run"]["config"]["git_commit"], document["run"]["config"]["data"]) == (SHA, "/data/train.h5")


def test_secrets_are_shown_when_asked_for_but_never_kept(tmp_path: Path, call: Callable[..., str]) -> None:
    for name, lr in (("new", 0.5), ("old", 1.0)):
        of_csv(tmp_path, lr, name)
    where = ("--runs", str(tmp_path))
    assert PASSWORD in call("export", str(tmp_path / "new.csv"), "--show-secrets")
    assert BY_FORM["github"] in call("export", str(tmp_path / "new.csv"), "--show-secrets", "--format", "csv")
    new, old = (run.id for run in list_runs([tmp_path]).runs)
    assert PASSWORD in call("report", new, old, "--show-secrets", "--format", "json", *where)
    assert PASSWORD not in call("report", new, old, "--format", "json", *where)
    store = Store(tmp_path / "store")
    with secrets_shown(), pytest.raises(UsageError, match="keeps no secrets"):
        store.put(load(tmp_path / "new.csv").runs[0])
    assert not store.infos()


def test_the_recorder_writes_no_secret(tmp_path: Path) -> None:
    of_recorder(tmp_path, 1.0, "new")
    written = "".join(path.read_text() for path in (tmp_path / "new").rglob("*") if path.is_file())
    assert "(redacted)" in written
    assert not leaks(written)


def test_messages_and_recorded_options_hold_no_secret(tmp_path: Path, capsysbinary: Any) -> None:
    with pytest.raises(SystemExit):
        main(["report", f"https://me:{PASSWORD}@host/#/experiments/1", "x", "--runs", str(tmp_path)])
    out, err = capsysbinary.readouterr()
    assert b"me:" not in out + err
    assert PASSWORD.encode() not in out + err
