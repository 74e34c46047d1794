"""Which patterns of the registry stand in a key, and which of them its other words allow."""

from dataclasses import dataclass

from runcompare.metrics.patterns import Pattern, Table
from runcompare.metrics.words import KeyWords, is_number, split

__all__ = ["Match", "Matches", "find"]

_AFTER_THE_NAME = ("statistic", "percent", "test", "validation", "train", "evaluation", "group")  # and units


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern and the places of the words that it covers."""

    pattern: Pattern
    places: tuple[int, ...]

    @property
    def is_pair(self) -> bool:
        """Whether its words stand anywhere in the key."""
        return "&" in self.pattern.text


@dataclass(frozen=True, slots=True)
class Matches:
    """The words of a key, the patterns that stand in it, and those of them that hold beside its other words."""

    words: KeyWords
    found: list[Match]
    sure: list[Match]


def find(key: str, data: Table) -> Matches:
    """The patterns in a key: the longest where one lies inside another."""
    words = split(key, data.vocabulary)
    found = _longest(_every(words, data))
    aside = _where_measured(words, found)
    found = [m for m in found if m.places[0] not in aside]
    known = aside.union(*(m.places for m in found))
    return Matches(words, found, [m for m in found if _holds(m, words, known, data)])


def _every(words: KeyWords, data: Table) -> list[Match]:
    """Every pattern that stands in the key, whether or not the other words allow it."""
    exact = words.words
    generic = tuple("#" if is_number(word) else word for word in exact)
    found = []
    for start in range(len(exact)):
        for end in range(start + 1, min(start + data.longest, len(exact)) + 1):
            pattern = data.phrases.get(exact[start:end]) or data.phrases.get(generic[start:end])
            if pattern:
                found.append(Match(pattern, tuple(range(start, end))))
    present = set(exact)
    for head in present & data.pairs.keys():
        pairs = [pair for pair in data.pairs[head] if pair.modifier in present]
        found += [Match(pair.pattern, (exact.index(head), exact.index(pair.modifier))) for pair in pairs]
    return found


def _longest(matches: list[Match]) -> list[Match]:
    """Those that no longer phrase overlaps; of a pair, the head may be part of a phrase, but not what modifies it."""
    taken: list[Match] = []
    for match in sorted((m for m in matches if not m.is_pair), key=lambda m: -len(m.places)):
        places = set(match.places)
        if not any(len(m.places) > len(places) and places.intersection(m.places) for m in taken):
            taken.append(match)
    in_phrases = {place for m in taken if len(m.places) > 1 for place in m.places}
    return taken + [m for m in matches if m.is_pair and m.places[1] not in in_phrases]


def _where_measured(words: KeyWords, matches: list[Match]) -> frozenset[int]:
    """The places of words that only say where something was measured: the FPR of `tpr_at_fpr`, the token of
    `loss_per_token`."""
    covered = {place for m in matches if len(m.places) > 1 and not m.is_pair for place in m.places}
    found = set()
    first = min((place for m in matches for place in m.places), default=len(words.words))
    for place, word in enumerate(words.words):
        if word in ("per", "at") and first < place and place not in covered:  # else PER is a class: `PER_f1`
            rest = range(place + 1, len(words.words))
            found |= {next((i for i in rest if not is_number(words.words[i])), place)}
    return frozenset(found)


def _holds(match: Match, words: KeyWords, known: frozenset[int], data: Table) -> bool:
    """Whether the other words of the key allow a pattern; `known` are the places of words that the registry knows."""
    first, last = min(match.places), max(match.places)
    others = [i for i in range(len(words.words)) if i not in match.places]
    beside = match.pattern.beside
    if beside == "known":
        if match.pattern.rank != "fallback":  # a name of its own may stand under any heading: `my_model/map`
            others = [i for i in others if words.parts[i] >= words.parts[last]]
        return all(i in known or is_number(words.words[i]) or words.words[i] in data.plain for i in others)
    if beside == "alone":
        return all(_says_nothing(words.words[i], data) for i in others)
    if beside == "first":
        return len(words.words) > 1 and (first == 0 or words.parts[first - 1] != words.parts[first])
    if beside == "last":
        return all(i < first or _says_nothing(words.words[i], data) for i in others)
    return True


def _says_nothing(word: str, data: Table) -> bool:
    """Whether a word after a name leaves it the last of the key that means something: numbers, statistics, units."""
    name = data.plain.get(word, "")
    return is_number(word) or name in _AFTER_THE_NAME or name.startswith("unit")
