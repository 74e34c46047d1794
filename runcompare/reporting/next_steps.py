"""The corrected config as a YAML block of the settings to change, with what they were."""

import io
from collections.abc import Mapping
from typing import Any

from runcompare.comparison.model import Corrected, CorrectedChange
from runcompare.reporting.escape import clean

__all__ = ["config_block"]

REASONS = {
    "baseline-value": "not {candidate}",
    "baseline-still-falling": "not {candidate}; the baseline's {baseline} were still improving",
    "search-without-gain": "not {candidate}; the search gained nothing beyond noise",
    "stage-without-effect": "not {candidate}; the gate closed, so its result was not used",
    "best-epoch": "not {candidate}; nothing improved after that",
}


def config_block(corrected: Corrected) -> str:
    """YAML that loads: the changed settings, each with a comment; removed ones as comments."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    root = CommentedMap()
    removed = []
    for change in corrected.changes:
        if change.value is None:
            removed.append(change)
            continue
        *parents, leaf = change.path.split(".")
        node = root
        for part in map(clean, parents):
            if not isinstance(node.get(part), CommentedMap):
                node[part] = CommentedMap()
            node = node[part]
        node[clean(leaf)] = _plain(change.value)
        node.yaml_add_eol_comment(_comment(change), clean(leaf))
    stream = io.StringIO()
    if root:
        yaml = YAML()
        yaml.width = 10_000
        yaml.dump(root, stream)
    gone = "".join(f"# remove {clean(c.path)} (was {clean(c.candidate)})\n" for c in removed)
    return (stream.getvalue() + gone).rstrip()


def _comment(change: CorrectedChange) -> str:
    template = REASONS.get(change.reason, "was {candidate}")
    old = "unset" if change.candidate is None else clean(change.candidate)
    return template.format(candidate=old, baseline=clean(change.baseline))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {clean(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return clean(value) if isinstance(value, str) else value
