"""What programs read stays what it was: the published schemas against frozen copies, and real documents against them.

`frozen/` holds the schemas of the schema version that a document names. Fields and words may be added; to take one
away, to let one be missing, or to change its type needs a new version, and new frozen copies.
"""

import json
from pathlib import Path
from typing import Any

import pytest

import runcompare
from runcompare.comparison.comparison import SCHEMA_VERSION
from runcompare.reporting import json_schema

ROOT = Path(__file__).parents[2]
FROZEN = Path(__file__).parent / "frozen"
KINDS = ("comparison", "target", "tasks", "many")


def complaints(old: Any, new: Any, where: str = "") -> list[str]:
    """What a reader of the old schema would miss in documents of the new one."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key, value in old.items():
            at = f"{where}/{key}"
            if key in ("description", "title", "default"):
                continue
            if key not in new:
                found.append(f"{at} is gone")
            elif key in ("enum", "required"):
                found += [f"{at} lost {word!r}" for word in value if word not in new[key]]
            elif key in ("anyOf", "oneOf"):
                found += [f"{at} lost {one}" for one in value if not any(not complaints(one, o) for o in new[key])]
            else:
                found += complaints(value, new[key], at)
        return found
    if isinstance(old, list) and isinstance(new, list):
        return [c for a, b in zip(old, new, strict=False) for c in complaints(a, b, where)]
    return [] if old == new else [f"{where} was {old!r}, and is {new!r}"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_was_published_is_taken_away(kind: str) -> None:
    frozen = json.loads((FROZEN / f"{kind}.schema.json").read_text())
    assert frozen["$id"] == f"urn:runcompare:{kind}:{SCHEMA_VERSION}", "a new version needs new frozen copies"
    assert complaints(frozen, json_schema(kind)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_that_of_the_code(kind: str) -> None:
    published = json.loads((ROOT / "docs" / f"{kind}.schema.json").read_text())
    assert published == json.loads(json.dumps(json_schema(kind))), (
        f"run: python -m runcompare.reporting.as_json {kind} > docs/{kind}.schema.json"
    )


def test_the_check_sees_what_breaks_a_reader() -> None:
    old = {"properties": {"a": {"type": "number"}, "b": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
    old |= {"required": ["a"], "x": {"enum": ["p", "q"]}}
    same = json.loads(json.dumps(old))
    more = {**same, "properties": {**same["properties"], "c": {"type": "string"}}, "x": {"enum": ["p", "q", "r"]}}
    assert complaints(old, more) == []
    for change in (
        {"properties": {"a": {"type": "number"}}},
        {"properties": {**same["properties"], "a": {"type": "string"}}},
        {"properties": {**same["properties"], "b": {"anyOf": [{"type": "string"}]}}},
        {"required": []},
        {"x": {"enum": ["p"]}},
    ):
        assert len(complaints(old, {**same, **change})) == 1, change


def runs(name: str, level: float) -> Any:
    rows = [
        {
            "seed": s,
            "step": t,
            "timestamp": 1e9 + t,
            "val/loss": (level + s / 100) / t,
            "a/acc": 0.5,
            "b/acc": level / 9,
        }
        for s in range(3)
        for t in range(1, 6)
    ]
    return runcompare.from_frame(rows, by="seed", name=name)


@pytest.fixture(scope="module")
def documents() -> dict[str, list[Any]]:
    new, old, other = runs("new", 1.0), runs("old", 2.0), runs("other", 3.0)
    single = [str(ROOT / "examples" / "writeup" / f"{name}.yaml") for name in ("hjnqclgk", "baseline32")]
    shipped = runcompare.compare("hjnqclgk", "baseline32", runs=ROOT / "examples" / "runs")
    return {
        "comparison": [shipped, runcompare.compare(*single), runcompare.compare(new, old, metric="val/loss")],
        "target": [runcompare.against_target(new, 0.5, metric="val/loss")],
        "tasks": [runcompare.compare_tasks(new, old, task_metrics="*/acc", direction="max")],
        "many": [runcompare.compare_many((new, other), old, metric="val/loss")],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_real_documents_keep_to_the_published_schema(documents: dict[str, list[Any]], kind: str) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / f"{kind}.schema.json").read_text()))
    for result in documents[kind]:
        document = json.loads(result.to_json())
        assert document["schema"] == SCHEMA_VERSION
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
        assert errors == []
