"""Source `yaml`: run records written by hand, for runs whose logs are not at hand.

    runcompare: 1                       # the version of this format; it makes a YAML file a record
    id: hjnqclgk
    name: hjnqclgk (Aggressive)         # also: aliases, group, project, tags, notes
    hardware: {accelerator: A100, accelerator_count: 1}
    config: {latent: {dim: 32}}         # nested, as the run had it
    figures:                            # "nrmse" (any metric), "time", "cost", "STAGE/final_loss", ...
      nrmse: 0.0907                     # a number: reported
      time: {value: 315, unit: min}     # or "315 min"; times become seconds
      operator/final_loss: {low: 0.0002, high: 0.0005}   # a range: estimated
    claims:                             # ratios that somebody stated, to be checked
      - {text: 9x more expensive, quantity: cost, ratio: 9, against: baseline}
    alternatives:                       # proposed, not run, with the figures expected of them
      - {name: smaller, config: {}, figures: {cost: {value: 1.2, unit: USD, provenance: estimated}}}

A figure may say its `provenance` (measured, derived, reported, estimated, assumed) and its `source`. Times and money
need a unit. Anything else in the file is an error, with its line.
"""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from runcompare.errors import ConfigError, did_you_mean
from runcompare.records.figure import Figure, Provenance
from runcompare.records.redact import redact
from runcompare.records.run import Alternative, Claim, Hardware, Run, RunInfo, find_seed
from runcompare.sources.handwritten.yaml_nodes import Node, read_yaml
from runcompare.sources.kit.files import open_regular

__all__ = ["FORMAT", "HandwrittenFiles", "run_of"]

_MARK = re.compile(rb"^runcompare[ \t]*:", re.MULTILINE)
_HEAD = 65_536


class HandwrittenFiles:
    """Finds and reads YAML records. A location is the file's path."""

    name = "yaml"

    def accepts(self, path: Path) -> bool:
        return path.suffix in (".yaml", ".yml")

    def scan(self, path: Path) -> Iterator[RunInfo]:
        with open_regular(path) as file:
            is_record = _MARK.search(file.read(_HEAD)) is not None
        if is_record:
            yield self.read(str(path)).info

    def read(self, location: str) -> Run:
        """Raises ConfigError, with file and line, for anything that the format doesn't know."""
        with open_regular(Path(location)) as file:
            try:
                text = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise ConfigError(f"{location} is not UTF-8 text: byte {error.start} is wrong.") from None
        return run_of(read_yaml(text, location))


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


_WITH_UNIT = re.compile(r"([+-]?\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?)\s*([A-Za-z$€%].*)")


_STATED = tuple(p.value for p in Provenance if p is not Provenance.MISSING)


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
    safe = redact(config)
    return Run(
        info=_info(found, root.file, config),
        config=safe,
        hardware=_hardware(found["hardware"]) if "hardware" in found else Hardware(),
        figures=figures,
        claims=tuple(_claim(node, figures) for node in found["claims"].list()) if "claims" in found else (),
        alternatives=tuple(_alternative(n) for n in found["alternatives"].list()) if "alternatives" in found else (),
        metadata={"notes": found["notes"].text()} if "notes" in found else {},
        warnings=() if safe == config else ("What looks like a secret was taken out of the config.",),
    )


def _info(found: Mapping[str, Node], file: str, config: Mapping[str, Any]) -> RunInfo:
    def said(key: str) -> str | None:
        return found[key].text() if key in found else None

    def words(key: str) -> tuple[str, ...]:
        return tuple(node.text() for node in found[key].list()) if key in found else ()

    run_id = found["id"].text()
    return RunInfo(
        id=run_id,
        name=said("name") or run_id,
        source="yaml",
        location=file,
        group=said("group"),
        project=said("project"),
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
    value, low, high, unit, provenance, source = _parts(node)
    scale, unit = _unit(quantity, unit, node)
    value, low, high = (None if x is None else x * scale for x in (value, low, high))
    amount = _is_time(quantity) or quantity in ("cost", "epochs")
    if amount and any(x is not None and not 0 <= x < math.inf for x in (value, low, high)):
        node.fail("must be a number of 0 or more")
    return Figure(value, unit, low, high, provenance, source or f"{PurePath(node.file).name}, line {node.line}")


def _parts(node: Node) -> tuple[float | None, float | None, float | None, str, Provenance, str]:
    """Value, low, high, unit, provenance, source."""
    if isinstance(node.value, str) and (match := _WITH_UNIT.fullmatch(_dollars_last(node.value.strip()))):
        return float(match[1]), None, None, match[2].strip(), Provenance.REPORTED, ""
    if not isinstance(node.value, dict):
        return node.number(), None, None, "", Provenance.REPORTED, ""
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
    if stated is not None and stated not in _STATED:
        found["provenance"].fail(f"can't be '{stated}'", did_you_mean(stated, _STATED) or f"Use {', '.join(_STATED)}.")
    default = Provenance.REPORTED if value is not None else Provenance.ESTIMATED
    unit = found["unit"].text() if "unit" in found else ""
    source = found["source"].text() if "source" in found else ""
    return value, low, high, unit, Provenance(stated) if stated else default, source


def _dollars_last(text: str) -> str:
    return f"{text[1:]} USD" if text.startswith("$") else text


def _is_time(quantity: str) -> bool:
    return quantity == "time" or quantity.endswith("_time")


def _unit(quantity: str, unit: str, node: Node) -> tuple[float, str]:
    """The factor to our unit, and that unit: seconds for times."""
    if _is_time(quantity):
        if unit not in _SECONDS:
            node.fail(
                f"needs a unit of time, not '{unit}'" if unit else "needs a unit", "Use s, min, h or d: '315 min'."
            )
        return _SECONDS[unit], "s"
    if quantity == "cost" and not unit:
        node.fail("needs a unit", "Write '10.78 USD'.")
    return 1.0, "USD" if unit == "$" else unit


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
    return Alternative(found["name"].text(), redact(config), figures)
