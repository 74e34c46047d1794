"""A gate as the payload of an incoming webhook of Slack, which Mattermost and others take as well."""

import json
from typing import Any

from runcompare.comparison.gate import Gate
from runcompare.reporting.escape import clean
from runcompare.reporting.gate_text import STATES, gate_title, line

__all__ = ["mrkdwn", "to_slack"]

MOST_LINES = 45  # Slack takes 50 blocks
MOST_CHARACTERS = 2900  # of a block's text; Slack takes 3,000
_SIGNS = {"fail": ":x:", "pass": ":white_check_mark:", "not shown": ":ballot_box_with_check:", "unknown": ":warning:"}
_COLOURS = {"fail": ":red_circle:", "pass": ":large_green_circle:", "unknown": ":large_yellow_circle:"}


def mrkdwn(value: object) -> str:
    """Text that a chat shows as it is: `&`, `<` and `>` as Slack asks, and a joiner of no width beside signs that make
    emphasis or mention somebody."""
    escaped = clean(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("@\u2060" if sign == "@" else f"\u2060{sign}" if sign in "*_~`" else sign for sign in escaped)


def to_slack(gate: Gate) -> str:
    """JSON with all of it as `text`, for notifications and for chats that know no blocks, and as `blocks`."""
    title = gate_title(gate)
    lines = [f"{STATES[one.state]} · {one.condition}: {clean(line(gate, one))}" for one in gate.judged]
    signs = [_SIGNS[one.state] for one in gate.judged]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more conditions"]
        signs = [*signs[:MOST_LINES], "…"]
    texts = [title, *lines]
    marks = [_COLOURS[gate.outcome], *signs]
    whole = "\n".join(f"{mark} {mrkdwn(text)}" for mark, text in zip(marks, texts, strict=True))
    blocks = [_block(f"{mark} {clean(text)}") for mark, text in zip(marks, texts, strict=True)]
    return json.dumps({"text": whole, "blocks": blocks}, indent=2) + "\n"


def _block(text: str) -> dict[str, Any]:
    """A paragraph of plain text, in which nothing is read as a link, a mention or emphasis."""
    return {"type": "section", "text": {"type": "plain_text", "text": text[:MOST_CHARACTERS], "emoji": True}}
