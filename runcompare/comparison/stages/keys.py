"""What a key of a training log is about: which stage, which loss or norm, which part of the data.

`train/loss`, `train_loss`, `loss/train`, `epoch_loss` and `loss` are one thing: the training loss. Words of the part of
the data (train, val, test, eval) and of containers (losses, metrics) are never a stage; what else stands before the
name is one: `operator/val_loss` is the validation loss of the stage `operator`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from runcompare.metrics.registry import lookup

__all__ = ["LogKey", "read_key"]

# parts of the data, as the prefixes of the quantities of a stage
_ROLES = {
    **dict.fromkeys(("train", "training"), ""),
    **dict.fromkeys(("val", "valid", "validation", "eval", "evaluation", "dev"), "val_"),
    **dict.fromkeys(("test", "testing"), "test_"),
}
_AFFIXES = frozenset(["epoch", "step", "batch", "iter", "iteration"])  # how often: Keras's epoch_loss
_CONTAINERS = frozenset(
    ["loss", "losses", "metric", "metrics", "charts", "scalars", "stages", "pipeline", "trainer", "logs"]
)
_EPOCHS = frozenset(["epoch", "current_epoch"])
_LOSSES = frozenset(["loss", "losses"])
_LOWEST = frozenset(["best", "min", "lowest"])
_ABOUT_A_LOSS = frozenset(["scale", "weight", "weights", "coef", "coeff", "lambda", "factor", "ratio", "final"])
_WHOLE = frozenset(["total", "global", "overall", "all"])
_GRAD_NORM = re.compile(
    r"grad(?:ient)?s?[_./\- ]*(?:\d+(?:\.\d+)?|l2|global|total)?[_./\- ]*norms?(?![a-z])|(?<![a-z])total_norm(?![a-z])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of a stage; "" is the stage of keys that name none.

    `quantity` is "epoch", "best_loss", "grad_norm", or the name of a loss ("loss", "box_loss") after "val_" or "test_"
    where it is one of held-out data. `member` names the layer or part whose grad norm it is, "" for the whole.
    `per_step` marks Lightning's `loss_step`, which `loss_epoch` says better.
    """

    key: str
    stage: str
    quantity: str
    member: str = ""
    per_step: bool = False

    @property
    def trains(self) -> bool:
        """Whether it shows that something was trained."""
        return self.quantity != "epoch" and not self.quantity.startswith(("val_", "test_"))


@lru_cache(maxsize=65536)
def read_key(key: str) -> LogKey | None:
    """What a logged key is about; None if it is no loss, no grad norm and no epoch."""
    parts = key.split("/")
    if parts[-1].lower() in _EPOCHS:
        return LogKey(key, _stage(parts[:-1]), "epoch")
    if norm := _GRAD_NORM.search(key):
        return _read_norm(key, norm)
    return _read_loss(key, parts)


def _read_norm(key: str, found: re.Match[str]) -> LogKey | None:
    *before, own = key[: found.start()].split("/")
    rest, *after = key[found.end() :].split("/")
    words = [*_words(own), *_words(rest)]
    roles = {_ROLES[w] for w in (*words, *(p.lower() for p in (*before, *after))) if w in _ROLES}
    if roles - {""}:
        return None
    extra = [w for w in words if w not in _WHOLE and w not in _AFFIXES and w not in _ROLES]
    member = "/".join(filter(None, ["_".join(extra), *(p for p in after if not _is_role(p))]))
    return LogKey(key, _stage(before), "grad_norm", member, per_step="step" in words)


def _read_loss(key: str, parts: Sequence[str]) -> LogKey | None:
    kept = [part for part in parts if not _is_role(part)]
    if not kept:
        return None
    words = _words(kept[-1])
    inside = [i for i, part in enumerate(kept[:-1]) if part.lower() in _LOSSES]
    if not _is_loss(key, words, inside=bool(inside)):
        return None
    named = [*words, *(word for part in parts if _is_role(part) for word in _words(part))]
    split = next((_ROLES[word] for word in named if _ROLES.get(word)), "")
    name = [w for w in _trimmed(words) if w not in _ROLES]
    if not name:
        return None
    if _LOWEST & set(name):
        is_best = not split and set(name) - _LOWEST == {"loss"}
        return LogKey(key, _stage(kept[:-1]), "best_loss") if is_best else None
    if inside and not _LOSSES & set(name):
        name.append("loss")
    return LogKey(key, _stage(kept[:-1]), split + "_".join(name), per_step="step" in (words[0], words[-1]))


def _is_loss(key: str, words: Sequence[str], *, inside: bool) -> bool:
    """Whether a name is a loss; `inside` says that it stands under `loss/` or `losses/`."""
    if not words or words[-1] in _ABOUT_A_LOSS or words[0] == "final":
        return False
    if inside and not _LOSSES & set(words):
        return lookup("_".join(words)).kind in ("loss", "unknown")  # losses/policy, not losses/entropy
    kind = lookup(key).kind
    return kind == "loss" or (kind in ("diagnostic", "unknown") and bool(_LOSSES & set(words)))


def _trimmed(words: Sequence[str]) -> list[str]:
    """A name without the words at its ends that only say how often it was logged, or of which data."""
    name = list(words)
    ends = _AFFIXES | _ROLES.keys()
    while len(name) > 1 and name[0] in ends:
        name.pop(0)
    while len(name) > 1 and name[-1] in ends:
        name.pop()
    return name


def _stage(parts: Sequence[str]) -> str:
    return "/".join(p for p in parts if not _is_role(p) and p.lower() not in _CONTAINERS)


def _is_role(part: str) -> bool:
    """Whether a part of a key only names a part of the data, or how often it was logged."""
    words = _words(part)
    return bool(words) and all(word in _ROLES or word in _AFFIXES for word in words)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
