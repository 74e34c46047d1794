"""Runs that hold what no run should, by name: each a function that writes one into a folder."""

import json
import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runcompare import Recorder
from runcompare.records.recorder import RECORD_NAME, encode_line

HEADER = {"format": 1, "id": "bad", "name": "bad", "group": "bad", "project": "p", "config": {"lr": 0.1, "seed": 0}}
START = 1.7e9
TIMES = {"ms": 1.7e12, "text": "yesterday", "nan": math.nan, "1e300": 1e300, "before": -1e18, "300 digits": 10**299}
KEYS = {"star": "*", "regex": "^.*$", "broken regex": "^[$", "nul": "a\0b", "surrogate": "a\ud800b", "json": "x#json"}
NUMBERS = {"300 digits": "9" * 300, "400 digits": "-" + "9" * 400, "5000 digits": "9" * 5000, "1e400": "1e400"}
DEPTHS = (200, 900, 5000)
Write = Callable[[Path], None]


def line(body: str) -> bytes:
    """A record's line with its checksum, whatever it says."""
    return b"%08x %s\n" % (zlib.crc32(body.encode()), body.encode())


def good(folder: Path, group: str, lr: float, seeds: int = 2) -> None:
    """Replicates that nothing is wrong with."""
    for seed in range(seeds):
        name, settings = f"{group}{seed}", {"lr": lr, "seed": seed}
        with Recorder(folder / name, id=name, name=name, group=group, project="p", config=settings) as run:
            for step in range(10):
                run.log({"eval/loss": math.exp(-step / 10) * lr + 0.01 * seed}, step=step)
            run.summary({"eval/loss": lr + 0.01 * seed})


def recorded(*, values: dict[str, Any] | None = None, lines: tuple[str, ...] = (), **header: Any) -> Write:
    """A record whose entries, or the lines after them, are odd."""

    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        time = header.get("time", START)
        entries: list[dict[str, Any]] = [{"type": "run", **HEADER, "time": time, **header}]
        entries.append({"type": "attempt", "time": time})
        for step in range(5):
            entries.append({"type": "row", "step": step, "time": time, "values": {"eval/loss": 1.0, **(values or {})}})
        entries.append({"type": "end", "state": "finished", "time": time})
        body = b"".join(map(encode_line, entries)) + b"".join(map(line, lines))
        (folder / RECORD_NAME).write_bytes(body)

    return write


def tabled(row: dict[str, Any] | None = None, *, last: str = "", config: str | None = None) -> Write:
    """JSON lines whose rows, last line or settings are odd."""

    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        rows = [json.dumps({"step": i, "eval/loss": 1 / (i + 1), **(row or {})}) for i in range(9)]
        (folder / "metrics.jsonl").write_text("\n".join([*rows, last]))
        if config is not None:
            (folder / "config.yaml").write_text(config)

    return write


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def of_csv(key: str) -> Write:
    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        rows = "".join(f"{i},{1 / (i + 1)},1.5\n" for i in range(9))
        (folder / "metrics.csv").write_text(f'step,eval/loss,"{key}"\n{rows}', "utf-8", "surrogatepass")

    return write


def row_of(values: str, step: str = "7") -> str:
    return f'{{"type":"row","step":{step},"time":{START},"values":{values}}}'


def run_of(config: str) -> str:
    head = json.dumps({**HEADER, "type": "run", "time": START, "config": 0})
    return head.replace('"config": 0', f'"config": {config}')


def told_first(text: str) -> Write:
    """A record whose first line is `text`."""

    def write(folder: Path) -> None:
        recorded()(folder)
        rest = (folder / RECORD_NAME).read_bytes().split(b"\n", 1)[1]
        (folder / RECORD_NAME).write_bytes(line(text) + rest)

    return write


BAD: dict[str, Write] = {
    "itself": tabled(config="a: &x {b: *x}\n"),
    "itself twice": tabled(config="a: &x [1, *x, *x]\n"),
    "wrong types": recorded(name={"a": 1}, group=[1], project=1.5, tags={"a": 1}, config=[1], hardware="x", id=7),
    "odd steps": recorded(lines=(row_of('{"x": 1}', '"x"'), row_of('{"x": 1}', "null"), row_of('{"x": 1}', "[1]"))),
    "odd stages": recorded(
        lines=tuple(f'{{"type":"stage","name":"a","event":"start","time":{t}}}' for t in ("1e300", "-1e300", "NaN"))
    ),
    "a long name": tabled({"run": "k" * 100_000}),
    "huge values": recorded(values={"eval/loss": 1e308, "eval/accuracy": -1e308}),
}
BAD |= {f"time {name}": recorded(time=time) for name, time in TIMES.items()}
BAD |= {f"row time {name}": tabled({"timestamp": time, "_timestamp": time}) for name, time in TIMES.items()}
BAD |= {f"key {name}": recorded(values={key: 0.5}) for name, key in KEYS.items()}
BAD |= {f"text {name}": recorded(values={key: "x"}, name=key, group=key, tags=[key]) for name, key in KEYS.items()}
BAD |= {f"column {name}": tabled({key: 0.5}) for name, key in KEYS.items()}
BAD |= {f"csv {name}": of_csv(key) for name, key in KEYS.items()}
BAD |= {f"setting {name}": recorded(config={key: key, "seed": 0}) for name, key in KEYS.items()}
BAD |= {f"number {name}": recorded(lines=(row_of(f'{{"eval/loss": {text}}}'),)) for name, text in NUMBERS.items()}
BAD |= {f"step {name}": recorded(lines=(row_of('{"eval/loss": 1}', text),)) for name, text in NUMBERS.items()}
BAD |= {f"config {name}": told_first(run_of(f'{{"lr": {text}, "seed": {text}}}')) for name, text in NUMBERS.items()}
BAD |= {f"deep {depth}": told_first(run_of(nested(depth))) for depth in DEPTHS}
BAD |= {f"deep value {depth}": recorded(lines=(row_of(f'{{"x": {nested(depth)}}}'),)) for depth in DEPTHS}
BAD |= {f"deep cell {depth}": tabled(last=f'{{"step": 30, "x": {nested(depth)}}}') for depth in DEPTHS}
BAD |= {f"deep yaml {depth}": tabled(config=f"x: {nested(depth)}") for depth in DEPTHS}
