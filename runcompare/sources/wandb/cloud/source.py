"""Source `wandb-cloud`: runs on a W&B server, through the real client (extra `wandb`).

References are `entity/project/id`, a run's URL, `wandb://entity/project/id`, and for several runs
`wandb://entity/project?group=G` (also `tag`, `sweep`, `name`, or `filters` with the client's JSON). The key goes to
WANDB_BASE_URL's server only. Histories are whole: the server's exports for the bulk, then a scan of what came after;
never a sample. What came before an error is a run, with a warning and `partial` in its metadata.
"""

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from runcompare.errors import RunNotFound, UsageError
from runcompare.records.history import STEP, History
from runcompare.records.run import Run, RunInfo
from runcompare.sources.wandb.cloud.client import ask, base_url
from runcompare.sources.wandb.cloud.run import SOURCE, attempts_of, info_of, load, one_row_a_step, run_of

__all__ = ["WandbCloud"]

_PLAIN = re.compile(
    r"(?P<entity>[A-Za-z0-9][A-Za-z0-9_-]*)/(?P<project>[A-Za-z0-9_][A-Za-z0-9_.-]*)/(?P<id>[A-Za-z0-9][A-Za-z0-9_-]*)"
)
_PAGE = re.compile(r"/(?P<entity>[^/]+)/(?P<project>[^/]+)/runs/(?P<id>[^/?]+)(/.*)?")
_FILTERS = {"group": "group", "tag": "tags", "sweep": "sweep", "name": "display_name"}


class WandbCloud:
    """Finds and reads runs on the user's W&B server. A location is `wandb://entity/project/id`."""

    name = SOURCE

    def claims(self, reference: str) -> bool:
        if reference.startswith("wandb://"):
            return True
        if reference.startswith(("https://", "http://")):
            try:
                return _PAGE.fullmatch(urlsplit(reference).path) is not None
            except ValueError:
                return False
        return _PLAIN.fullmatch(reference) is not None

    def find(self, reference: str) -> list[RunInfo]:
        with ask({"do": "find", **_question(reference)}) as answer:
            return [info_of(run) for run in load(answer.whole() / "runs.json")]

    def read(self, location: str) -> Run:
        return _read(location, None)

    def read_since(self, location: str, kept: Run) -> Run:
        """The whole run, asking only for the rows after those of `kept`."""
        return _read(location, kept)

    def fingerprint(self, location: str) -> str | None:
        """Changes when the run goes on; None if the server does not say."""
        with ask({"do": "find", **_question(location)}) as answer:
            run = load(answer.whole() / "runs.json")[0]
        return json.dumps([run.get(k) for k in ("state", "heartbeatAt", "lines")])


def _question(reference: str) -> dict[str, Any]:
    """Entity, project, and id or filters. Raises UsageError for a server that is not the user's."""
    if reference.startswith(("https://", "http://")):
        page = urlsplit(reference)
        own = urlsplit(base_url())
        hosts = {own.netloc, "wandb.ai", "www.wandb.ai"} if own.hostname == "api.wandb.ai" else {own.netloc}
        if page.netloc not in hosts or (own.scheme == "https" and page.scheme != "https"):
            raise UsageError(f"{page.hostname} is not your W&B server, {base_url()}.", hint="Set WANDB_BASE_URL.")
        match = _PAGE.fullmatch(page.path)
        assert match is not None
        return {part: unquote(match[part]) for part in ("entity", "project", "id")}
    if not reference.startswith("wandb://"):
        match = _PLAIN.fullmatch(reference)
        assert match is not None
        return dict(match.groupdict())
    path, _, query = reference.removeprefix("wandb://").partition("?")
    words = [unquote(word) for word in path.strip("/").split("/") if word]
    if len(words) == 3 and not query:
        return dict(zip(("entity", "project", "id"), words, strict=True))
    if len(words) != 2:
        raise UsageError(
            f"'{reference}' names no run.", hint="Write wandb://entity/project/id, or ...project?group=NAME."
        )
    return {"entity": words[0], "project": words[1], "filters": _filters(query, reference)}


def _filters(query: str, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, values in parse_qs(query, keep_blank_values=True).items():
        if key == "filters":
            try:
                found |= dict(json.loads(values[-1], parse_constant=_refuse).items())
            except (ValueError, AttributeError, RecursionError):
                raise UsageError(f"The filters of '{reference}' are no JSON object.") from None
        elif key in _FILTERS:
            found[_FILTERS[key]] = values[0] if len(values) == 1 else {"$in": values}
        else:
            raise UsageError(
                f"'{key}' in '{reference}' filters nothing.", hint=f"Known: {', '.join(_FILTERS)}, filters."
            )
    return found


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _read(location: str, kept: Run | None) -> Run:
    question = _question(location)
    if "id" not in question:
        raise RunNotFound(f"'{location}' names no single run.")
    after = _last_step(kept) + 1 if kept is not None else 0
    with ask({"do": "read", **question, "min_step": after}) as answer:
        run = run_of(answer.folder, answer.failure)
    if kept is None:
        return run
    history = one_row_a_step([kept.history.frame, run.history.frame])
    attempts = attempts_of(run.info.started_at, run.runtime_s, history)
    return replace(run, history=History(history), attempts=attempts)


def _last_step(run: Run) -> int:
    frame = run.history.frame
    last = frame[STEP].max() if STEP in frame.columns else None
    return int(last) if isinstance(last, int | float) else -1
