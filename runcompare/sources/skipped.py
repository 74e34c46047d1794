"""What a search passes over: files that are called as logs are and hold no run, and those whose names say nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Skipped"]

_TABLES = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"})
_TEXTS = frozenset({".log", ".out"})
_SHOWN, _EACH = 2, 3


@dataclass(slots=True)
class Skipped:
    """Paths by why they are no runs and by what is wrong with them, and those that were not looked into."""

    reasons: dict[str, list[Path]] = field(default_factory=dict)
    damaged: dict[str, list[Path]] = field(default_factory=dict)
    tables: list[Path] = field(default_factory=list)
    texts: list[Path] = field(default_factory=list)

    def hold_no_run(self, path: Path, why: str) -> None:
        """Note a file that was looked into, if there is a reason to name."""
        if not why:
            return
        self.reasons.setdefault(why, []).append(path)

    def cannot_be_read(self, path: Path, message: str) -> None:
        """Note a damaged file, by what follows its name in the message."""
        start = f"{path}"
        named = message.startswith(start)
        self.damaged.setdefault(message[len(start) :] if named else message, []).extend([path] if named else [])

    def pass_over(self, path: Path) -> None:
        """Note a file that no source accepts, if its ending is that of a table or of a text log."""
        ending = path.suffix.lower()
        if ending in _TABLES:
            self.tables.append(path)
        elif ending in _TEXTS:
            self.texts.append(path)

    def warnings(self) -> tuple[str, ...]:
        """A sentence for each file that is damaged, or for all of one kind where they are many, and for each reason."""
        found: list[str] = []
        for what, paths in self.damaged.items():
            many = len(paths) > _EACH
            found += [f"{_some(paths)}: each{what}"] if many else [f"{path}{what}" for path in paths] or [what]
        return *found, *(f"Left out, for {why}: {_some(paths)}." for why, paths in self.reasons.items())

    def passed_over(self) -> tuple[str, ...]:
        """A sentence for tables and one for text logs."""
        found = []
        if self.tables:
            how = "a file that is named is tried, and so is one with NAME.config.yaml beside it"
            found.append(f"Tables that are no logs by their names: {_some(self.tables)}; {how}.")
        if self.texts:
            how = r"say how their lines are read with --pattern 'step (?P<step>\d+) loss (?P<loss>\S+)'"
            found.append(f"Text logs: {_some(self.texts)}; {how}.")
        return tuple(found)


def _some(paths: Sequence[Path]) -> str:
    more = len(paths) - _SHOWN
    return f"{', '.join(map(str, paths[:_SHOWN]))}{f' and {more} more' if more > 0 else ''}"
