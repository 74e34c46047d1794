"""Source `hf-trainer`: `trainer_state.json` of Hugging Face's Trainer.

The folders `checkpoint-N` of one training are one run: the state of the furthest step counts, and one in the folder
above them if there is one. Rows are `log_history`, several a step as they were logged. The settings are those of
`training_args.json`, else those in `training_args.bin`, a pickle whose plain values are read and which is never run,
else those that a text log beside it prints. A location is the file's path.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.columns import frame_of_objects
from runcompare.records.history import STEP
from runcompare.records.run import Lost, Run, RunInfo, State, find_seed
from runcompare.sources.huggingface.declared import declared_metrics
from runcompare.sources.huggingface.logged import logged_arguments
from runcompare.sources.huggingface.pickled import plain_values
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.files import read_whole
from runcompare.sources.kit.json_file import read_torn
from runcompare.sources.kit.keys import column_name, made_id, name_of
from runcompare.sources.kit.yaml_file import Settings, settings_beside

__all__ = ["HuggingFaceTrainer"]

STATE_FILE = "trainer_state.json"
_ARGUMENTS = ("training_args.json", "training_args.yaml", "training_args.yml")
_PICKLED = "training_args.bin"
# where and under which name it ran, and what it told on the way
_BOOKKEEPING = re.compile(
    r"output_dir|logging_dir|run_name|local_rank|report_to|disable_tqdm|(push_to_)?hub_.+|push_to_hub.*|log_level.*|"
    r"ddp_.*|_n_gpu|no_cuda|use_cpu|.*_?token|.*_on_each_node|overwrite_output_dir|resume_from_checkpoint|deepspeed.*"
)
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_CONFIG = ("max_steps", "num_train_epochs", "logging_steps", "eval_steps", "save_steps", "train_batch_size")
_LOST = "#lost"  # no key of Trainer's
_FIGURES = ("global_step", "epoch", "total_flos", "best_metric", "best_global_step")


class HuggingFaceTrainer:
    """Finds and reads the states that Trainer saves."""

    name = "hf-trainer"

    def accepts(self, path: Path) -> bool:
        return path.name == STATE_FILE

    def scan(self, path: Path) -> Iterator[RunInfo]:
        if _furthest(_home(path)) == path:
            yield _info(path, _state(path))

    def read(self, location: str) -> Run:
        path = Path(location)
        state = _state(path)
        cells: dict[str, tuple[list[int], list[Any]]] = {}
        written = [row for row in state.get("log_history") or [] if isinstance(row, Mapping)]
        rows = _once(written)
        copies = len(written) - len(rows)
        for number, row in enumerate(rows):
            for key, value in row.items():
                name = STEP if key == "step" else column_name(str(key))
                at, values = cells.setdefault(name, ([], []))
                at.append(number)
                values.append(value)
        frame, warnings = frame_of_objects(cells, len(rows))
        arguments = _arguments(path)
        draft = Draft(
            _info(path, state),
            config=arguments.values | {key: state[key] for key in _CONFIG if state.get(key) is not None},
            more_summary={key: state[key] for key in _FIGURES if _is_number(state.get(key))},
            history=frame,
            runtime_s=_runtime(rows),
            lost=Lost(1 if _LOST in state else 0, state.get(_LOST, 0)),
            warnings=(*warnings, *_copied(copies), *arguments.warnings, *_losses(path, state)),
            declared=declared_metrics(state, rows, arguments.values),
        )
        return assemble(draft)


def _once(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A row that is another's like in every cell is a copy: no two have the same step, epoch, loss and time."""
    return list({frozenset((key, _mark(value)) for key, value in row.items()): row for row in rows}.values())


def _mark(value: Any) -> str | int:
    """The same of equal numbers and texts, NaN too; nested data are like nothing else."""
    return repr(value) if isinstance(value, str | int | float | None) else id(value)


def _copied(copies: int) -> list[str]:
    return [f"{copies} rows stand in the file twice, in every cell: they count once."] if copies else []


def _losses(path: Path, state: Mapping[str, Any]) -> list[str]:
    if _LOST not in state:
        return []
    return [f"{path.name} is cut or damaged: {state[_LOST]} bytes at its end are not read, nor what stood there."]


def _arguments(path: Path) -> Settings:
    """The TrainingArguments that were saved beside the state or in the training's folder."""
    folders = tuple(dict.fromkeys((path.parent, _home(path))))
    stated = next((place for folder in folders for name in _ARGUMENTS if (place := folder / name).is_file()), None)
    if stated is not None:
        return settings_beside(stated)
    pickled = next((place for folder in folders if (place := folder / _PICKLED).is_file()), None)
    try:
        found = plain_values(pickled) if pickled is not None else logged_arguments(folders)
    except UnreadableRun as error:
        return Settings({}, (error.message,))
    return Settings({k: v for k, v in found.items() if v is not None and not _BOOKKEEPING.fullmatch(k)})


def _runtime(rows: list[Mapping[str, Any]]) -> float | None:
    """Seconds of training: what each call of `train` states at its end, a resumed training's several added up; None
    where none ended."""
    stated = {(row.get("step"), row["train_runtime"]) for row in rows if _is_number(row.get("train_runtime"))}
    times = [float(seconds) for _, seconds in stated if seconds >= 0]
    return math.fsum(times) if times else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _home(path: Path) -> Path:
    """The training's folder."""
    folder = path.parent
    return folder.parent if _CHECKPOINT.fullmatch(folder.absolute().name) else folder


def _furthest(home: Path) -> Path | None:
    """The state of the training's folder, else that of the checkpoint with the highest step."""
    if (home / STATE_FILE).is_file():
        return home / STATE_FILE
    found = [(int(m[1]), p / STATE_FILE) for p in _children(home) if (m := _CHECKPOINT.fullmatch(p.name))]
    there = [(step, path) for step, path in found if path.is_file()]
    return max(there)[1] if there else None


def _children(home: Path) -> list[Path]:
    try:
        return list(home.iterdir())
    except OSError:
        return []


def _state(path: Path) -> dict[str, Any]:
    """Of a file that is cut, what stands before the cut, and under `_LOST` how many bytes are not read. Raises
    UnreadableRun."""
    try:
        state = json.loads(read_whole(path))  # reads NaN and Infinity
    except (ValueError, RecursionError):
        torn = read_torn(path, "log_history")
        if not torn.values.get("log_history"):
            raise UnreadableRun(
                f"{path} is no whole JSON document.", hint="Take the state of an earlier checkpoint."
            ) from None
        state = torn.values | {_LOST: torn.lost}
    if not isinstance(state, dict) or not isinstance(state.get("log_history"), list):
        raise UnreadableRun(f"{path} is no state of Trainer's: it has no log_history.")
    return state


def _info(path: Path, state: Mapping[str, Any]) -> RunInfo:
    trial = state.get("trial_name")
    name = str(trial) if isinstance(trial, str) and trial else name_of(_home(path))
    steps, most = state.get("global_step"), state.get("max_steps")
    ended = _is_number(steps) and _is_number(most) and 0 < most <= steps  # type: ignore[operator]
    status: State = "finished" if ended else "unknown"
    first = json.dumps(state["log_history"][:1], sort_keys=True, default=str).encode()
    seed = find_seed(_arguments(path).values)
    return RunInfo(made_id(name, first), name, HuggingFaceTrainer.name, str(path), state=status, seed=seed)
