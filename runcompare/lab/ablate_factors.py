"""What an ablation switches: the differing settings, as factors that can each be on (the candidate's values) or off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runcompare.comparison.causes.ablation import Factor
from runcompare.comparison.causes.factors import by_kind, named
from runcompare.comparison.causes.groups import category_of, group_changes, names_it
from runcompare.comparison.model import ConfigChange
from runcompare.errors import UsageError, did_you_mean
from runcompare.records.counted import few
from runcompare.stats.designs import MOST_FACTORS

__all__ = ["Factors", "factors_of"]

REST = "everything else"
MOST_NAMED = 12  # settings in a message


@dataclass(frozen=True, slots=True)
class Factors:
    """What is switched, and the differing settings that are not: bookkeeping."""

    factors: tuple[Factor, ...]
    left_alone: tuple[str, ...]


def factors_of(changes: Sequence[ConfigChange], wanted: str = "auto", ignore: Sequence[str] = ()) -> Factors:
    """The factors of two sides.

    Args:
        changes: What differs.
        wanted: "auto" makes one factor of the settings of each kind (see `causes/groups.py`), and of each section of
            unknown settings. Else factors with commas, each a setting, section, pattern or kind, several with `+`;
            what they leave out is one further factor, so that all arms lie between the two sides.
        ignore: Paths, sections or patterns of settings that play no part.

    Raises:
        UsageError: Nothing differs, a factor names nothing that does, two name the same, or there are too many.
    """
    grouped = group_changes(changes, ignore)
    used = [change for group in grouped.groups for change in group.changes]
    if not used:
        hint = (
            "Bookkeeping such as names and paths does not count." if changes else "Both sides have the same settings."
        )
        raise UsageError("There is nothing to ablate: no setting differs.", hint=hint)
    asked = _Asked(by_kind(used), ()) if wanted == "auto" else _as_asked(used, wanted)
    parts = asked.parts
    _check_number(len(parts))
    return Factors(named(parts, asked.names), grouped.ignored)


def _check_number(factors: int) -> None:
    if factors > MOST_FACTORS:
        hint = 'Put some together: --factors "model,optimiser+schedule".'
        raise UsageError(f"{factors} factors are too many; {MOST_FACTORS} can be told apart.", hint=hint)


class _Asked(NamedTuple):
    parts: list[list[ConfigChange]]
    names: tuple[str, ...]


def _as_asked(changes: Sequence[ConfigChange], wanted: str) -> _Asked:
    """The factors as they are typed, under what was typed, and one more of the rest."""
    left = {change.path: change for change in changes}
    words = [word.strip() for word in wanted.split(",")]
    _check_number(len(words))
    parts = []
    for word in words:
        if not word:
            raise UsageError(f"--factors has an empty factor: {wanted}", hint='Write --factors "lr,model+data".')
        found = [path for name in word.split("+") for path in _matching(name.strip(), left, changes)]
        parts.append([left.pop(path) for path in dict.fromkeys(found)])
    return _Asked([*parts, [*left.values()]], (*words, REST)) if left else _Asked(parts, tuple(words))


def _matching(name: str, left: dict[str, ConfigChange], changes: Sequence[ConfigChange]) -> list[str]:
    every = [change.path for change in changes]
    found = [path for path in every if names_it((name,), path)] or [path for path in every if category_of(path) == name]
    if not found:
        differ = few(every, MOST_NAMED)
        raise UsageError(
            f"No setting that differs is called '{name}'.", hint=did_you_mean(name, every) or f"{differ} differ."
        )
    if twice := [path for path in found if path not in left]:
        raise UsageError(f"'{twice[0]}' is in two factors.", hint="A setting can be switched by one factor only.")
    return found
