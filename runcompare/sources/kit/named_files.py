"""Files of several trainings in one folder, each called after its own: `resnet_history.json`, `resnet_metrics.json`."""

import re
from pathlib import Path

__all__ = ["has_history_beside", "run_of_figures", "run_of_history"]

_HISTORY = re.compile(
    r"(?P<run>.+?)([_-](train(ing)?[_-])?(history|log)|\.log)\.(csv|tsv|json|jsonl|ndjson)", re.IGNORECASE | re.DOTALL
)
_FIGURES = re.compile(
    r"(?P<run>.+?)[_-]((final|test|eval|evaluation)[_-])?(metrics|results)\.json", re.IGNORECASE | re.DOTALL
)


def run_of_history(name: str) -> str | None:
    """The training in the name of a file of rows; None in another's. `20240301_120000.log.json` is MMDetection's."""
    match = _HISTORY.fullmatch(name)
    return match["run"] if match else None


def run_of_figures(name: str) -> str | None:
    """The training in the name of a file of final figures; None in another's."""
    match = _FIGURES.fullmatch(name)
    return match["run"] if match else None


def has_history_beside(path: Path, run: str) -> bool:
    """Whether rows of that training stand beside a file."""
    try:
        return any(run_of_history(other.name) == run for other in path.parent.iterdir())
    except OSError:
        return False
