"""Which runs of a tracker's server does a reference name? `entity/project/id`, URLs, what its source claims."""

from dataclasses import replace

from runcompare.errors import AmbiguousReference, AuthError, MissingExtra, RuncompareError, RunNotFound, TrackerError
from runcompare.references.narrowing import Found
from runcompare.sources.base import RemoteSource
from runcompare.sources.registry import remote_sources

__all__ = ["find_remote", "is_claimed"]


def is_claimed(word: str) -> bool:
    """Whether any source of a server would look for `word`; nothing is asked."""
    return bool(_claiming(word))


def find_remote(word: str, kept: Found | None, looked: str) -> Found:
    """Ask the one source that claims `word`. Where the server can't be asked, what the store kept is the answer.

    Args:
        word: A reference that `is_claimed`.
        kept: What the store has of that name.
        looked: Where it was looked for before, for messages.

    Raises:
        AmbiguousReference: If several sources claim it.
        RunNotFound, TrackerError, AuthError, MissingExtra: From the source.
    """
    claiming = _claiming(word)
    if len(claiming) > 1:
        names = ", ".join(source.name for source in claiming)
        raise AmbiguousReference(f"'{word}' could be a run of {names}.", hint="Give the run's URL instead.")
    (source,) = claiming
    try:
        infos = tuple(source.find(word))
    except (AuthError, MissingExtra, TrackerError) as error:
        if kept is None:
            raise _with_local_hint(error, word, looked) from None
        note = f"{source.name} could not be asked ({error.message}), so the run may have gone on since."
        return replace(kept, notes=(*kept.notes, note))
    except RunNotFound as error:
        raise _with_local_hint(error, word, looked) from None
    if not infos:
        raise _with_local_hint(RunNotFound(f"{source.name} has no run '{word}'."), word, looked)
    groups = {info.group for info in infos}
    label = infos[0].name if len(infos) == 1 else (len(groups) == 1 and groups.pop()) or word
    return Found(label, infos, read=lambda info: source.read(info.location))


def _claiming(word: str) -> list[RemoteSource]:
    return [source for source in remote_sources().values() if word and source.claims(word)]


def _with_local_hint(error: RuncompareError, word: str, looked: str) -> RuncompareError:
    """What is no URL may have been meant as a path or a local run."""
    if "://" not in word:
        hint = error.hint.rstrip(".")
        error.hint = f"{hint}. If a local run or path was meant, there is none of that name. {looked}.".strip()
    return error
