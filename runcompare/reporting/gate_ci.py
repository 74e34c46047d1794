"""A gate as machines of continuous integration read it: GitHub's workflow commands, JUnit and SARIF.

What runs wrote is cleaned (`escape.clean`) before it is quoted in the way of each format.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runcompare.comparison.gate import Gate, Judged
from runcompare.reporting.escape import clean
from runcompare.reporting.gate_text import STATES, gate_title, line

__all__ = ["SARIF_SCHEMA", "command_data", "command_property", "to_github", "to_junit", "to_sarif"]

LEVELS = {"fail": "error", "pass": "notice", "not shown": "notice", "unknown": "warning"}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ABOUT = {
    "worse": "The candidate is worse than the baseline.",
    "likely-worse": "The candidate is worse than the baseline, or likely so.",
    "guardrail": "A guardrail got worse.",
    "dominated": "The candidate is more expensive and not shown to be better.",
    "inconclusive": "The comparison is not decided.",
    "cant-tell": "Nothing can be told of the difference.",
    "cost": "The candidate costs more than the limit.",
    "time": "The candidate takes more time than the limit.",
    "device-hours": "The candidate takes more device-hours than the limit.",
    "money": "The candidate costs more money than the limit.",
    "energy": "The candidate takes more energy than the limit.",
}


def command_data(text: str) -> str:
    """As the message of a workflow command (`escapeData` of GitHub's actions/toolkit)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """As a property of a workflow command (`escapeProperty` of GitHub's actions/toolkit)."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def to_github(gate: Gate) -> str:
    """One workflow command a condition, which GitHub shows as an annotation."""
    commands = [
        f"::{LEVELS[one.state]} title={command_property(f'runcompare gate: {_name(one)}')}::"
        + command_data(f"{STATES[one.state]}: {clean(line(gate, one))}")
        for one in gate.judged
    ]
    return "\n".join([clean(gate_title(gate)), *commands]) + "\n"


def _name(one: Judged) -> str:
    """The condition, and of a guardrail the metric."""
    is_guardrail = one.condition.what == "guardrail" and one.row is not None
    return f"{one.condition} {clean(one.row.metric.label)}" if is_guardrail and one.row else str(one.condition)


def to_junit(gate: Gate) -> str:
    """A JUnit file with a test case a condition: a failure where it failed, an error where it could not be judged."""
    from xml.etree import ElementTree as Xml

    states = [one.state for one in gate.judged]
    counts = {
        "tests": str(len(states)),
        "failures": str(states.count("fail")),
        "errors": str(states.count("unknown")),
        "skipped": "0",
    }
    root = Xml.Element("testsuites", {"name": "runcompare gate", **counts})
    suite = Xml.SubElement(root, "testsuite", {"name": clean(gate_title(gate)), **counts})
    for one in gate.judged:
        said = clean(line(gate, one))
        case = Xml.SubElement(suite, "testcase", {"classname": "runcompare.gate", "name": _name(one), "time": "0"})
        tag = {"fail": "failure", "unknown": "error"}.get(one.state)
        if tag is None:
            Xml.SubElement(case, "system-out").text = f"{STATES[one.state]}: {said}"
        else:
            Xml.SubElement(case, tag, {"message": said, "type": one.rule.replace(" ", "-")}).text = said
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def to_sarif(gate: Gate) -> str:
    """SARIF 2.1.0: a result a condition that failed (an error) or could not be judged (a warning)."""
    rules = list(dict.fromkeys(one.condition.what for one in gate.judged))
    shown = [one for one in gate.judged if one.state in ("fail", "unknown")]
    driver = {
        "name": "runcompare",
        "version": gate.comparison.version,
        "semanticVersion": gate.comparison.version,
        "rules": [{"id": rule, "name": rule, "shortDescription": {"text": _ABOUT[rule]}} for rule in rules],
    }
    document: dict[str, Any] = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(gate, one, rules) for one in shown],
                "properties": {"outcome": gate.outcome, "title": clean(gate_title(gate))},
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _result(gate: Gate, one: Judged, rules: list[str]) -> dict[str, Any]:
    c = gate.comparison
    same = f"{one.condition}\n{one.row.metric.key if one.row else ''}\n{c.candidate.reference}\n{c.baseline.reference}"
    return {
        "ruleId": one.condition.what,
        "ruleIndex": rules.index(one.condition.what),
        "level": LEVELS[one.state],
        "message": {"text": f"{_name(one)}: {clean(line(gate, one))}"},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": _uri(gate)}, "region": {"startLine": 1}}},
        ],
        "partialFingerprints": {"runcompareGate/v1": hashlib.sha256(same.encode("utf-8", "replace")).hexdigest()},
    }


def _uri(gate: Gate) -> str:
    """Where the candidate's first run lies, below the working folder if it is there; SARIF wants a place."""
    first = next((run.location or run.id for run in gate.comparison.candidate.runs), "runcompare")
    path = Path(first)
    if path.is_absolute():
        away = os.path.relpath(path)
        first = path.name if away.startswith("..") else away
    return quote(Path(first).as_posix().encode("utf-8", "replace"), safe="/._-~")
