"""A comparison as strict JSON, and the schema that it keeps to."""

import json
import sys
from dataclasses import dataclass
from typing import Any

import msgspec

from runcompare.comparison.comparison import SCHEMA_VERSION, Comparison
from runcompare.reporting.json_document import json_document
from runcompare.reporting.learned_text import known, not_known
from runcompare.reporting.sentences import recommendation_sentence
from runcompare.reporting.summary_text import summary
from runcompare.reporting.verdict_text import headline, worth_text, would_change

__all__ = ["VerdictText", "json_schema", "text_of", "to_json"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def to_json(comparison: Comparison) -> str:
    """One object that keeps to the schema, see `json_document`; `text` holds what the report says of the verdict."""
    return json_document(comparison, text_of(comparison))


@dataclass(frozen=True, slots=True)
class VerdictText:
    """The sentences of the report, in plain text: `worth` is empty where the sides can't be compared."""

    headline: str
    summary: list[str]
    worth: str
    would_change: str
    known: list[str]
    not_known: list[str]
    recommendations: list[str]


def text_of(comparison: Comparison) -> VerdictText:
    """What every document says of the verdict."""
    return VerdictText(
        headline=headline(comparison),
        summary=summary(comparison),
        worth=worth_text(comparison),
        would_change=would_change(comparison),
        known=known(comparison),
        not_known=not_known(comparison),
        recommendations=[recommendation_sentence(r, "plain") for r in comparison.recommendations],
    )


def json_schema(kind: str = "comparison") -> dict[str, Any]:
    """The JSON schema of a report, with non-finite numbers allowed as strings wherever numbers are.

    Args:
        kind: "comparison" of two groups, "target" for one against a number, "tasks" for two groups on many tasks,
            "many" for several candidates against one baseline, "ranking", or "gate".
    """
    from runcompare.comparison.many import ManyReport
    from runcompare.comparison.ranking import RankReport
    from runcompare.comparison.target import TargetReport
    from runcompare.comparison.tasks import TasksReport
    from runcompare.reporting.gate_text import GateJson, GateText
    from runcompare.reporting.many_text import ManyText
    from runcompare.reporting.ranking_text import RankText
    from runcompare.reporting.target import TargetText
    from runcompare.reporting.tasks import TasksText

    kinds: dict[str, tuple[Any, Any]] = {
        "comparison": (Comparison, VerdictText),
        "target": (TargetReport, TargetText),
        "tasks": (TasksReport, TasksText),
        "many": (ManyReport, ManyText),
        "ranking": (RankReport, RankText),
        "gate": (GateJson, GateText),
    }
    report, text = kinds[kind]
    schema = msgspec.json.schema(report)
    schema["$defs"] |= msgspec.json.schema(text)["$defs"]
    whole = schema["$defs"][report.__name__]
    whole["properties"] |= {"schema": {"const": SCHEMA_VERSION}, "text": {"$ref": f"#/$defs/{text.__name__}"}}
    whole["required"] = [*whole["required"], "schema", "text"]
    about = {"$schema": DIALECT, "$id": f"urn:runcompare:{kind}:{SCHEMA_VERSION}", "title": f"runcompare {kind}"}
    return {**about, **_with_strings(schema)}


def _with_strings(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_strings(n) for n in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "number":
        return {"anyOf": [node, {"enum": ["NaN", "Infinity", "-Infinity"]}]}
    return {k: _with_strings(v) for k, v in node.items()}


if __name__ == "__main__":
    print(json.dumps(json_schema(*sys.argv[1:]), indent=2))
