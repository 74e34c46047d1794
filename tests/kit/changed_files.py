"""Files of every reader, changed by number: bytes flipped, cut, doubled, moved, or replaced by what hurts."""

import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import polars as pl
from bad_runs import recorded

_HURTS = (
    *(b"NaN", b"-Infinity", b"1e999", b"1e-999", b"9" * 400, b"-1", b"0", b"null", b"true", b'""', b"[]", b"{}", b"\0"),
    *(
        b"*",
        b"^.*$",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b'"',
        b"'",
        b",",
        b"\r",
        b"\n",
        b"[" * 2000,
        b'{"a":' * 2000,
        b"#json",
    ),
    *(b"1.7e12", b"_step", b"_timestamp", b"2026-13-45", b"&a [*a]", b"\x1b[2J", b"\\ud800", b"=1+1", b"--", b"../.."),
)
ROWS = [{"step": i, "eval/loss": 1 / (i + 1), "eval/accuracy": 1 - 0.5 / (i + 1)} for i in range(12)]
CSV = "step,eval/loss,eval/accuracy\n" + "".join(f"{','.join(map(str, row.values()))}\n" for row in ROWS)
SETTINGS = "lr: 0.1\nseed: 1\ndata: {name: x, sizes: [1, 2]}\n"


def mutant(body: bytes, number: int) -> bytes:
    """One to four changes of a file; the same ones for the same number."""
    choose = random.Random(number)
    for _ in range(choose.randint(1, 4)):
        at = choose.randrange(len(body) + 1)
        end = min(len(body), at + choose.choice((1, 1, 2, 8, 64, 512)))
        change = choose.randrange(6)
        if change == 0:
            body = body[:at] + bytes(b ^ 1 << choose.randrange(8) for b in body[at:end]) + body[end:]
        elif change == 1:
            body = body[:at] + (b"" if choose.random() < 0.3 else body[end:])
        elif change == 2:
            body = body[:end] + body[at:]
        elif change == 3:
            body = body[:at] + choose.choice(_HURTS) + body[end:]
        elif change == 4:
            body = body[:at] + choose.choice(_HURTS) + body[at:]
        else:
            to = choose.randrange(len(body) + 1)
            body = body[:to] + body[at:end] + body[to:]
    return body


def _text(files: dict[str, str]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    return write


def _parquet(folder: Path) -> None:
    folder.mkdir(parents=True)
    pl.DataFrame(ROWS).write_parquet(folder / "metrics.parquet")


def _wandb(folder: Path) -> None:
    import wblog

    below = folder / "wandb" / "offline-run-20260101_000000-r1"
    below.mkdir(parents=True)
    records = wblog.simple_log(
        [{k: v for k, v in row.items() if k != "step"} for row in ROWS], "r1", config={"lr": 0.1}
    )
    (below / "run-r1.wandb").write_bytes(wblog.framed(records))


def _tensorboard(folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as log:
        for row in ROWS:
            log.add_scalar("eval/loss", row["eval/loss"], row["step"], walltime=1.7e9 + row["step"])


def _trackio(folder: Path) -> None:
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "proj.db") as db:
        db.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT)"
        )
        for row in ROWS:
            values = (
                f"2026-01-01T00:00:{row['step']:02d}",
                "r1",
                row["step"],
                json.dumps({"eval/loss": row["eval/loss"]}),
            )
            db.execute("INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?)", values)
    db.close()


_META = "run_id: {0}\nrun_name: r1\nexperiment_id: '1'\nstatus: 3\nstart_time: 1700000000000\nend_time: 1700000100000\n"
_RUN = "ab" * 16
_STATE = {
    "log_history": [{"step": r["step"], "eval_loss": r["eval/loss"]} for r in ROWS],
    "global_step": 11,
    "epoch": 1,
}
_LM_EVAL = {
    "results": {"arc": {"acc,none": 0.5, "acc_stderr,none": 0.01}},
    "configs": {},
    "versions": {},
    "date": 1.7e9,
}
_YAML = "runcompare: 1\nid: r1\nfigures:\n  nrmse: 0.1\n  cost: {value: 3, unit: USD}\nconfig: {lr: 0.1}\n"
SEEDS: dict[str, Callable[[Path], None]] = {
    "csv": _text({"metrics.csv": CSV, "config.yaml": SETTINGS}),
    "dvclive": _text({"metrics.json": '{"loss": 1}', "plots/metrics/loss.tsv": "step\tloss\n0\t1.0\n1\t0.5\n"}),
    "json": _text({"metrics.json": json.dumps({"history": ROWS})}),
    "jsonl": _text({"metrics.jsonl": "\n".join(map(json.dumps, ROWS)), "config.yaml": SETTINGS}),
    "lightning": _text({"metrics.csv": CSV.replace("eval/", "val_"), "hparams.yaml": SETTINGS}),
    "lm_eval": _text({"results_2026-01-01T00-00-00.000000.json": json.dumps(_LM_EVAL)}),
    "mlflow": _text(
        {
            f"mlruns/1/{_RUN}/meta.yaml": _META.format(_RUN),
            f"mlruns/1/{_RUN}/metrics/loss": "".join(
                f"{1700000000000 + i} {r['eval/loss']} {i}\n" for i, r in enumerate(ROWS)
            ),
            f"mlruns/1/{_RUN}/params/lr": "0.1",
        }
    ),
    "parquet": _parquet,
    "recorder": recorded(values={"eval/accuracy": 0.5}),
    "tensorboard": _tensorboard,
    "trackio": _trackio,
    "trainer": _text({"trainer_state.json": json.dumps(_STATE)}),
    "wandb": _wandb,
    "yaml": _text({"run.yaml": _YAML}),
}
