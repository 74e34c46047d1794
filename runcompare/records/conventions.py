"""The one name of a stage that logs and configs call by several."""

__all__ = ["EVAL", "canonical"]

EVAL = "eval"
_ALIASES = {
    "": "training",
    "diffusion_residual": "diff_residual",
    "diffusion": "diff_residual",
    "consistency_distillation": "consistency_distill",
    "consistency": "consistency_distill",
    "evaluation": EVAL,
    "test": EVAL,
    "ae": "autoencoder",
}
_FRONT = ("training", "train", "stages", "pipeline")


def canonical(name: str) -> str:
    """The one name of a stage: the front prefix dropped, aliases folded."""
    parts = name.split("/")
    while len(parts) > 1 and parts[0] in _FRONT:
        parts = parts[1:]
    stem = "/".join(parts)
    return _ALIASES.get(stem, stem)
