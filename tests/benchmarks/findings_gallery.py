"""Fine-tunings of a small language model by Hugging Face's Trainer, healthy and with the faults that people meet.

    python tests/benchmarks/findings_gallery.py FOLDER [--seeds 3]

Writes FOLDER/CONDITION/seed-N/trainer_state.json as Trainer writes it, of what Trainer logs by itself: loss, eval_loss,
grad_norm, learning_rate. The model is a GPT-2 of 2 layers that reads characters, first trained on half of Python's own
standard library; then it is fine-tuned on the other half. What is there already is kept.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["CONDITIONS", "make"]

CONTEXT, STEPS, BATCH = 48, 160, 8
CONDITIONS: dict[str, dict[str, Any]] = {
    "healthy": {},
    "nan in fp16": {"half": True},
    "lr too high": {"lr": 0.1},
    "lr zero": {"lr": 0.0},
    "shuffled labels": {"shuffled": True},
    "overfitting": {"samples": 24},
}


@lru_cache
def characters() -> tuple[str, ...]:
    return ("\n", *(chr(code) for code in range(32, 127)))


def text(modules: Sequence[str]) -> list[int]:
    """The sources of modules of the standard library as numbers of characters."""
    place = {character: number for number, character in enumerate(characters())}
    folder = Path(argparse.__file__).parent
    whole = "\n".join((folder / f"{name}.py").read_text(encoding="utf-8", errors="ignore") for name in modules)
    return [place[character] for character in whole if character in place]


BEFORE = ("argparse", "ast", "calendar", "configparser", "dataclasses", "difflib")
TUNING, HELD = ("inspect", "pathlib", "pdb", "pickle"), ("tarfile", "typing")


def blocks(numbers: Sequence[int], count: int | None = None) -> list[dict[str, Any]]:
    import torch

    cut = [numbers[i : i + CONTEXT] for i in range(0, len(numbers) - CONTEXT, CONTEXT)]
    every = max(1, len(cut) // count) if count else 1
    return [{"input_ids": torch.tensor(c), "labels": torch.tensor(c)} for c in cut[::every][:count]]


def _shuffled(rows: Sequence[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The same inputs with the labels of other places."""
    import torch

    dice = torch.Generator().manual_seed(seed)
    return [{**row, "labels": row["labels"][torch.randperm(CONTEXT, generator=dice)]} for row in rows]


def network() -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(
        GPT2Config(vocab_size=len(characters()), n_positions=CONTEXT, n_embd=64, n_layer=2, n_head=4)
    )


def trained(folder: Path, model: Any, rows: Any, held: Any, *, lr: float, seed: int, steps: int = STEPS) -> Any:
    """The model after a training by Trainer, whose state lies in the folder."""
    from transformers import Trainer, TrainingArguments

    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=BATCH,
        per_device_eval_batch_size=64,
        learning_rate=lr,
        lr_scheduler_type="cosine",
        warmup_steps=8,
        logging_steps=5,
        eval_strategy="steps",
        eval_steps=10,
        save_strategy="no",
        report_to=[],
        seed=seed,
        disable_tqdm=True,
        use_cpu=True,
        logging_nan_inf_filter=False,
    )
    trainer = Trainer(model=model, args=arguments, train_dataset=rows, eval_dataset=held)
    trainer.train()
    trainer.state.save_to_json(str(folder / "trainer_state.json"))
    return model


def make(folder: Path, seeds: Sequence[int], conditions: Sequence[str] = tuple(CONDITIONS)) -> Iterator[Path]:
    """The folders of all trainings, those that are there already as they are."""
    wanted = [(name, seed, folder / name.replace(" ", "-") / f"seed-{seed}") for name in conditions for seed in seeds]
    missing = [case for case in wanted if not (case[2] / "trainer_state.json").exists()]
    start = _start(folder) if missing else None
    for name, seed, place in missing:
        _one(place, start, seed, **CONDITIONS[name])
        print(f"trained {place}", file=sys.stderr)
    yield from (place for _, _, place in wanted)


def _start(folder: Path) -> Any:
    """The weights that every fine-tuning starts from."""
    import torch

    place = folder / "start.pt"
    if not place.exists():
        torch.manual_seed(0)
        rows = blocks(text(BEFORE))
        folder.mkdir(parents=True, exist_ok=True)
        model = trained(folder.parent / f".{folder.name}-start", network(), rows, rows[:64], lr=3e-3, seed=0, steps=900)
        torch.save(model.state_dict(), place)
    return torch.load(place, weights_only=True)


def _one(
    place: Path,
    start: Any,
    seed: int,
    *,
    lr: float = 1e-3,
    half: bool = False,
    shuffled: bool = False,
    samples: int | None = None,
) -> None:
    import torch

    torch.manual_seed(seed)
    model = network()
    model.load_state_dict(start)
    model = model.half() if half else model
    rows = blocks(text(TUNING), samples)
    trained(place, model, _shuffled(rows, seed) if shuffled else rows, blocks(text(HELD), 256), lr=lr, seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--conditions", nargs="*", default=list(CONDITIONS))
    given = parser.parse_args()
    list(make(given.folder, range(given.seeds), given.conditions))


if __name__ == "__main__":
    main()
