"""What the field judges by first, by the names of results that stand side by side in one run."""

import re
from collections.abc import Collection

from runcompare.metrics.patterns import table
from runcompare.metrics.registry import lookup

__all__ = ["FRAMES", "HABITS", "habit", "has_held_out_twin", "is_average", "is_part", "is_whole"]

# what the field judges by first, where several qualities stand side by side
HABITS = tuple(
    re.compile(rf"(^|[^a-z])({names})([^a-z]|$)")
    for names in (
        r"map_?50[-:_]95|map@?50:95|map_?0\.50?[-:_]0?\.95|nds|nrmse",
        r"map|ap|miou|mean_iou|iou|dice|acc_norm|hota|success|success_rate|fid|fad|fvd|cider|normalized_score",
        r"accuracy|acc|wer|return|reward|rew|psnr|perplexity|ppl|rouge_?l|rougel(sum)?|sacrebleu|bleu|ndcg|c_?index|pesq|mota"
        r"|pass[@_](at_)?1(?!\d)|(r|recall)@1(?!\d)|epe|mrr",
        r"f1|auc|auroc|mcc|exact_match|em|cer|rmse|ssim|chrf|si_?sdr|idf1|eer|accuracies|elbo|nmi|validity",
    )
)
_ACCURACY = 2  # its place among them
_F1 = re.compile(r"(.*(?:^|[^a-z]))(f1)((?:[^a-z].*)?)")
# a part of a result, or a looser form of it
_PARTS = re.compile(
    r"(^|[^a-z])(precision|(recall|(?<!@)r)(?!@1(?!\d))|p|std|min|max|map_?50|map_?0\.50?(?![-:_]0?\.\d)|ap_?50|ap_?75|top_?-?([2-9]|10)"
    r"|acc_?([2-9]|10))([^a-z\d]|$)"
)
_AVERAGES = re.compile(r"(^|[^a-z])(avg|average|mean|overall|all|total|macro|micro)([^a-z]|$)")
_HELD_OUT = re.compile(r"(^|[/_.\-\s])(val|valid|validation|eval|test|dev)([/_.\-\s]|$)", re.IGNORECASE)
# words that say where a number was taken, not of what: a key of these and one name speaks of the run as a whole
FRAMES = frozenset(
    [
        "train",
        "training",
        "val",
        "valid",
        "validation",
        "eval",
        "evaluation",
        "test",
        "testing",
        "dev",
        "holdout",
        "final",
        "best",
        "last",
        "metric",
        "metrics",
        "chart",
        "charts",
        "rollout",
        "performance",
        "perf",
        "result",
        "results",
        "summary",
        "score",
        "scores",
        "epoch",
        "b",
        "m",
        "box",
    ]
)


def habit(name: str, keys: Collection[str]) -> int:
    """The place of a name, in lower case, in the field's habits, 0 for what is judged by first; their number where it
    has none. Who logs precision, recall and F1 beside an accuracy judges by F1: most tokens are of no class, and rare
    classes hardly count in an accuracy."""
    f1 = _F1.search(name)
    if f1 and {f1.expand(rf"\1{other}\3") for other in ("precision", "recall", "accuracy")} <= {
        k.lower() for k in keys
    }:
        return _ACCURACY - 1
    return next((i for i, names in enumerate(HABITS) if names.search(name)), len(HABITS))


def is_whole(name: str, keys: Collection[str]) -> bool:
    """Whether a key speaks of the run as a whole, not of one of its stages, tasks or parts."""
    parts = [part for part in re.split(r"[/.]", name) if set(re.split(r"[^a-z0-9]+", part)) - FRAMES - {""}]
    return len(parts) <= 1 or (len(parts) == 2 and _is_the_data(parts[0], keys))


def _is_the_data(part: str, keys: Collection[str]) -> bool:
    """Whether a part of a key is the data set, the only one that the qualities of a run were measured on: MMDetection's
    `coco/bbox_mAP`."""
    headings = {key.lower().partition("/")[0] for key in keys if "/" in key and lookup(key).kind == "quality"}
    return headings == {part} and table().plain.get(part) == "task"


def has_held_out_twin(key: str, keys: Collection[str]) -> bool:
    """Whether the same name is also logged for held-out data, as Keras's `accuracy` and `val_accuracy` are."""
    stem = key.lower()
    return any(_HELD_OUT.search(other) and _HELD_OUT.sub(r"\1", other).lower().strip("/_.- ") == stem for other in keys)


def is_part(name: str) -> bool:
    """Whether a name is that of a part of a result, or of a looser form of it: precision, a maximum, mAP50."""
    return _PARTS.search(name) is not None


def is_average(name: str) -> bool:
    """Whether a name says that it stands for several results."""
    return _AVERAGES.search(name) is not None
