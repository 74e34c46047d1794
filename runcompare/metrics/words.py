"""The words of a metric's key: `val/mAP50-95(B)` is val, map, 50, 95.

Trackers and libraries join words with slashes, underscores, dots, capitals or nothing at all; what a key means is
decided by its words, however they are joined.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

__all__ = ["KeyWords", "Vocabulary", "is_number", "split"]

_MINUS = re.compile(r"\s*-(?=\D)")
_ONE_MINUS = re.compile(r"\s*(?:1\s*-\s*(?=[a-z])|one[_ ]minus[_ ])", re.IGNORECASE)
_TASK_SUFFIX = re.compile(r"\([A-Z]\)")  # Ultralytics marks boxes (B), masks (M) and poses (P)
_MEAN_AP = re.compile(r"(?<![A-Za-z])mAP(?![a-z])")  # spelled like this it is never a map of something
_AT_WORD = re.compile(r"@(?=[A-Za-z])")  # TPR@FPR, not recall@20
_PER_SECOND = re.compile(r"/(?:s|sec|secs|second)\b(?!/)", re.IGNORECASE)  # it/s
_CAMEL = re.compile(r"IoU|[A-Z]\d(?!\d)|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+[A-Za-z]?(?![A-Za-z0-9])|\d+")
_SHORTEST_GLUED = 3  # letters of a word that may be written together with a longer one: `valloss`, but not gen-der


@dataclass(frozen=True, slots=True)
class KeyWords:
    """The lower-case words of a key, left to right.

    `parts` says for each word in which slash-separated part of the key it stands. `minus` and `one_minus` say that
    the key begins like `-elbo`, or like `1-ssim` or `one_minus_ssim` (and so does `1-shot_acc`).
    """

    words: tuple[str, ...]
    parts: tuple[int, ...]
    minus: bool
    one_minus: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words by which keys are split.

    `known` words stay whole although capitals or digits would cut them (`f1`, `mAP`, `p95`). Words written together are
    cut where they are a phrase (`joined`: winrate is win, rate) or end with one of `heads` (`valloss`).
    """

    known: Container[str] = ()
    heads: Container[str] = ()
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def is_number(word: str) -> bool:
    """Whether a word is a number, such as the 5 of `top5`, the 50k of `fid50k` or the 24h of `rmse_24h`."""
    return word.isdigit() or (word[:-1].isdigit() and word[-1].isalpha())


def split(key: str, vocabulary: Vocabulary) -> KeyWords:
    """Split a key into its words.

    Args:
        key: as it was logged.
        vocabulary: the words that are known.
    """
    minus, one_minus = _MINUS.match(key), _ONE_MINUS.match(key)
    start = minus or one_minus
    rest = key[start.end() :] if start else key
    rest = _TASK_SUFFIX.sub(" ", rest).replace("%", " pct ").replace("#", " num ").replace("'", "")
    rest = _MEAN_AP.sub(" meanap ", rest)
    rest = _PER_SECOND.sub(" per s ", _AT_WORD.sub(" at ", rest))
    words: list[str] = []
    parts: list[int] = []
    for part, text in enumerate(rest.split("/")):
        for chunk in re.findall(r"[A-Za-z0-9]+", text):
            found = _chunk_words(chunk, vocabulary)
            words += found
            parts += [part] * len(found)
    return KeyWords(tuple(words), tuple(parts), minus is not None, one_minus is not None)


def _chunk_words(chunk: str, vocabulary: Vocabulary) -> list[str]:
    """The words of a run of letters and digits: whole where it is known, else cut at capitals and digits."""
    whole = _whole(chunk, vocabulary.known)
    if whole:
        return whole
    pieces = _CAMEL.findall(chunk)
    if len(pieces) < 2:
        return _glued(chunk.lower(), vocabulary) or [chunk.lower()]
    found: list[str] = []
    for piece in pieces:
        found += _whole(piece, vocabulary.known) or _glued(piece.lower(), vocabulary) or [piece.lower()]
    return found if _reads_better(found, vocabulary.known) else [chunk.lower()]


def _reads_better(pieces: list[str], known: Container[str]) -> bool:
    """Whether cutting found words at all: `v2` and `x7b` are names, not a letter and a number."""
    return any((len(piece) > 1 and not is_number(piece)) or piece in known for piece in pieces) and not (
        len(pieces) == 2 and len(pieces[0]) == 1 and is_number(pieces[1])
    )


def _whole(chunk: str, known: Container[str]) -> list[str]:
    """A known word, or a known word followed by a number (`mAP50`, `fpr95`); else nothing."""
    word = chunk.lower()
    if word in known or is_number(word):
        return [word]
    number = re.search(r"\d+[km]?$", word)
    if number and len(stem := word[: number.start()]) > 1 and stem in known:
        return [stem, number.group()]
    return []


def _glued(word: str, vocabulary: Vocabulary) -> list[str]:
    """Two or three words written together (`winrate`, `valloss`); else nothing."""
    if word in vocabulary.joined:
        return list(vocabulary.joined[word])
    shortest = _SHORTEST_GLUED
    for cut in range(len(word) - shortest, shortest - 1, -1):
        if len(word) > 2 * shortest and word[:cut] in vocabulary.known:
            rest = [word[cut:]] if word[cut:] in vocabulary.heads else _glued(word[cut:], vocabulary)
            if rest:
                return [word[:cut], *rest]
    return []
