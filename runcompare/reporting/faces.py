"""How a result of any kind shows itself: `records/shown.py` asks here."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcompare.errors import UsageError, did_you_mean
from runcompare.reporting.renderers import renderer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["brief", "card", "line", "plot", "save", "to_frame", "to_html", "to_json", "to_markdown"]


def line(result: Any) -> str:
    """The result in one line, for `repr`."""
    return f"<{type(result).__name__} {renderer(result).line(result)}>"


def card(result: Any) -> str:
    """What a notebook shows in place of the result: HTML of a few kilobytes, without scripts and styles."""
    from runcompare.reporting.notebook import as_card

    return as_card(brief(result))


def brief(result: Any) -> str:
    """At most 250 words of markdown, which is also what a notebook takes where it shows no HTML."""
    return str(renderer(result).to_brief(result))


def to_markdown(result: Any) -> str:
    return str(renderer(result).to_markdown(result))


def to_html(result: Any) -> str:
    return str(renderer(result).to_html(result))


def to_json(result: Any) -> str:
    return str(renderer(result).to_json(result))


def to_frame(result: Any) -> "pd.DataFrame":
    from runcompare.comparison.frame import as_pandas

    return as_pandas(renderer(result).records(result))


def plot(result: Any, kind: str | None) -> Any:
    """One picture of the result. Raises UsageError for a kind that there is none of."""
    pictures = renderer(result).pictures(result)
    if not pictures:
        raise UsageError("There is no picture of this: nothing was logged twice, and there is one run a side.")
    name = next(iter(pictures)) if kind is None else kind
    if name not in pictures:
        known = ", ".join(pictures)
        hint = " ".join(filter(None, (did_you_mean(name, pictures), f"There are: {known}.")))
        raise UsageError(f"There is no picture '{name}'.", hint=hint)
    return pictures[name]()


def save(result: Any, path: str | Path) -> None:
    """Write the result as the file's suffix says."""
    from runcompare.reporting.write import write_report

    write_report(result, output=path)
