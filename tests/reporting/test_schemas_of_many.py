"""The JSON of gates, rankings and several candidates keeps to the published schemas."""

import json
from pathlib import Path

import pytest

import runcompare
from runcompare.reporting import json_schema
from runcompare.reporting.gate_text import gate_json
from runcompare.reporting.many_text import to_json as many_json
from runcompare.reporting.ranking_text import to_json as ranking_json

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "examples" / "runs"


@pytest.mark.parametrize("kind", ["gate", "ranking"])
def test_the_published_schema_is_current(kind):
    stored = json.loads((ROOT / "docs" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    again = f"run: python -m runcompare.reporting.as_json {kind} > docs/{kind}.schema.json"
    assert stored == json.loads(json.dumps(json_schema(kind))), again


def test_what_is_written_keeps_to_it():
    validate = pytest.importorskip("jsonschema", reason="jsonschema is not installed").validate
    documents = {
        "gate": gate_json(runcompare.gate("v3", "baseline32", runs=RUNS, fail_on="worse,cost>2x,energy>2x")),
        "ranking": ranking_json(runcompare.rank("v3", "baseline32", runs=RUNS)),
        "many": many_json(runcompare.compare_many(["v3", "hjnqclgk"], "baseline32", runs=RUNS)),
    }
    for kind, document in documents.items():
        validate(json.loads(document), json_schema(kind))
        assert json.loads(document)["kind"] == kind
