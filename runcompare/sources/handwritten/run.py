"""From a record written by hand to the run that it states."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, NamedTuple

from runcompare.errors import did_you_mean
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Alternative, Claim, Hardware, Run, RunInfo, find_seed
from runcompare.sources.handwritten.yaml_nodes import Node
from runcompare.sources.kit.assemble import Draft, assemble

__all__ = ["FORMAT", "SOURCE", "run_of"]

SOURCE = "yaml"
FORMAT = 1
_TOP = ("runcompare", "id", "name", "aliases", "group", "project", "tags", "notes", "hardware", "config", "figures")
_LISTS = ("claims", "alternatives")
_STAGE_QUANTITIES = ("epochs", "final_loss", "best_loss", "grad_norm", "time", "val_loss", "loss")
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
_WITH_UNIT = re.compile(r"([+-]?\d+(?:_\d+)*\.?\d*(?:[eE][+-]?\d+)?)\s*([A-Za-z$€%].*)")
_PROVENANCES = tuple(p.value for p in Provenance if p is not Provenance.MISSING)


def run_of(root: Node) -> Run:
    """The run that a record states. Raises ConfigError, with file and line."""
    found = root.fields((*_TOP, *_LISTS), needed=("runcompare", "id"))
    version = found["runcompare"]
    if version.value != FORMAT or isinstance(version.value, bool):
        version.fail(f"is {version.value}, and this runcompare reads version {FORMAT}", "Write 'runcompare: 1'.")
    config = found["config"].plain() if "config" in found else {}
    if not isinstance(config, dict):
        found["config"].fail("must be a mapping")
    figures = _figures(found["figures"]) if "figures" in found else {}
    draft = Draft(
        _info(found, root.file, config),
        config=config,
        hardware=_hardware(found["hardware"]) if "hardware" in found else Hardware(),
        figures=figures,
        claims=tuple(_claim(node, figures) for node in found["claims"].list()) if "claims" in found else (),
        alternatives=tuple(_alternative(n) for n in found["alternatives"].list()) if "alternatives" in found else (),
        metadata={"notes": found["notes"].text()} if "notes" in found else {},
    )
    return assemble(draft)


def _info(found: Mapping[str, Node], file: str, config: Mapping[str, Any]) -> RunInfo:
    def stated(key: str) -> str | None:
        return found[key].text() if key in found else None

    def words(key: str) -> tuple[str, ...]:
        return tuple(node.text() for node in found[key].list()) if key in found else ()

    run_id = found["id"].text()
    return RunInfo(
        id=run_id,
        name=stated("name") or run_id,
        source=SOURCE,
        location=file,
        group=stated("group"),
        project=stated("project"),
        tags=words("tags"),
        aliases=words("aliases"),
        seed=find_seed(config),
    )


def _hardware(node: Node) -> Hardware:
    texts, counts = ("accelerator", "cpu"), ("accelerator_count", "cpu_count", "world_size")
    found = node.fields((*texts, *counts))
    stated: dict[str, Any] = {k: n.text() if k in texts else n.count() for k, n in found.items()}
    if "accelerator" in stated:
        stated.setdefault("accelerator_count", 1)
    return Hardware(**stated)


def _figures(node: Node) -> dict[str, Figure]:
    return {key: _figure(key, entry) for key, entry in node.items()}


def _figure(key: str, node: Node) -> Figure:
    quantity = key.rpartition("/")[2]
    if "/" in key and quantity not in _STAGE_QUANTITIES and (near := did_you_mean(quantity, _STAGE_QUANTITIES)):
        node.fail("is no figure of a stage", near)
    stated = _stated(node)
    factor, unit = _unit(quantity, stated.unit, node)
    value, low, high = (None if x is None else x * factor for x in (stated.value, stated.low, stated.high))
    amount = _is_time(quantity) or quantity in ("cost", "epochs")
    if amount and any(x is not None and not 0 <= x < math.inf for x in (value, low, high)):
        node.fail("must be a number of 0 or more")
    source = stated.source or f"{PurePath(node.file).name}, line {node.line}"
    return Figure(value, unit, low, high, stated.provenance, source)


@dataclass(frozen=True, slots=True)
class _Stated:
    """A figure as the record has it, in the record's own unit."""

    value: float | None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    provenance: Provenance = Provenance.REPORTED
    source: str = ""


def _stated(node: Node) -> _Stated:
    if isinstance(node.value, str) and (match := _WITH_UNIT.fullmatch(_dollars_last(node.value.strip()))):
        return _Stated(float(match[1]), match[2].strip())
    if not isinstance(node.value, dict):
        return _Stated(node.number())
    found = node.fields(("value", "low", "high", "unit", "provenance", "source"))
    value, low, high = (found[k].number() if k in found else None for k in ("value", "low", "high"))
    if value is None and low is None and high is None:
        node.fail("has no value", "Give 'value', or 'low' and 'high'.")
    if (low is None) != (high is None):
        node.fail("has only one end of a range", "Give both 'low' and 'high'.")
    if low is not None and high is not None:
        if not low <= high:
            node.fail(f"has a low ({low:g}) above its high ({high:g})")
        if value is not None and not low <= value <= high:
            node.fail(f"has a value ({value:g}) outside its range")
    stated = found["provenance"].text() if "provenance" in found else None
    if stated is not None and stated not in _PROVENANCES:
        found["provenance"].fail(
            f"can't be '{stated}'", did_you_mean(stated, _PROVENANCES) or f"Use {', '.join(_PROVENANCES)}."
        )
    default = Provenance.REPORTED if value is not None else Provenance.ESTIMATED
    unit = found["unit"].text() if "unit" in found else ""
    source = found["source"].text() if "source" in found else ""
    return _Stated(value, unit, low, high, Provenance(stated) if stated else default, source)


def _dollars_last(text: str) -> str:
    return f"{text[1:]} USD" if text.startswith("$") else text


def _is_time(quantity: str) -> bool:
    return quantity == "time" or quantity.endswith("_time")


class _Unit(NamedTuple):
    factor: float
    name: str


def _unit(quantity: str, unit: str, node: Node) -> _Unit:
    """The factor to our unit, and that unit: seconds for times."""
    if _is_time(quantity):
        if unit not in _SECONDS:
            node.fail(
                f"needs a unit of time, not '{unit}'" if unit else "needs a unit", "Use s, min, h or d: '315 min'."
            )
        return _Unit(_SECONDS[unit], "s")
    if quantity == "cost" and not unit:
        node.fail("needs a unit", "Write '10.78 USD'.")
    return _Unit(1.0, "USD" if unit == "$" else unit)


def _claim(node: Node, figures: Mapping[str, Figure]) -> Claim:
    found = node.fields(("text", "quantity", "ratio", "against"), needed=("text", "quantity", "ratio"))
    quantity, ratio = found["quantity"].text(), found["ratio"].number()
    if quantity not in figures:
        found["quantity"].fail(f"'{quantity}' is none of the figures", did_you_mean(quantity, figures))
    if not 0 < ratio < math.inf:
        found["ratio"].fail(f"must be above 0, not {ratio:g}")
    return Claim(found["text"].text(), quantity, ratio, found["against"].text() if "against" in found else "baseline")


def _alternative(node: Node) -> Alternative:
    found = node.fields(("name", "config", "figures"), needed=("name",))
    config = found["config"].plain() if "config" in found else {}
    if not isinstance(config, dict):
        found["config"].fail("must be a mapping")
    figures = _figures(found["figures"]) if "figures" in found else {}
    return Alternative(found["name"].text(), config, figures)
