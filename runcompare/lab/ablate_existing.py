"""Runs that were there before an ablation and have the settings of one of its arms: they need not be made again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcompare.records.as_json import plain
from runcompare.records.config import essentials
from runcompare.records.run import Run

__all__ = ["Existing"]


@dataclass(frozen=True, slots=True)
class Existing:
    """Runs by their settings; those below `out` are the ablation's own, which lie in their arms' folders."""

    runs: Sequence[Run]
    out: Path
    _found: dict[str, dict[int, Run]] = field(default_factory=dict, repr=False)

    def of(self, settings: Mapping[str, Any]) -> list[Run]:
        """The finished runs that were told just these settings, the first one of each seed."""
        if not self._found:
            self._index()
        return [*self._found.get(_key(settings), {}).values()]

    def _index(self) -> None:
        found: dict[str, dict[int, Run]] = defaultdict(dict)
        for run in self.runs:
            own = Path(run.info.location).resolve().is_relative_to(self.out)
            if not own and run.info.state == "finished" and isinstance(run.seed, int):
                found[_key(dict(essentials(run.config)))].setdefault(run.seed, run)
        self._found.update(found or {"": {}})


def _key(settings: Mapping[str, Any]) -> str:
    return repr(sorted((key, plain(value)) for key, value in settings.items() if value is not None))
