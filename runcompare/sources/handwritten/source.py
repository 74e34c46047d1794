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

import re
from collections.abc import Iterator
from pathlib import Path

from runcompare.errors import ConfigError
from runcompare.records.run import Run, RunInfo
from runcompare.sources.handwritten.run import SOURCE, run_of
from runcompare.sources.handwritten.yaml_nodes import read_yaml
from runcompare.sources.kit.files import open_regular, read_whole

__all__ = ["HandwrittenFiles"]

_MARK = re.compile(rb"^runcompare[ \t]*:", re.MULTILINE)
_HEAD = 65_536


class HandwrittenFiles:
    """Finds and reads YAML records. A location is the file's path."""

    name = SOURCE
    keeps_ids = True

    def accepts(self, path: Path) -> bool:
        return path.suffix in (".yaml", ".yml")

    def scan(self, path: Path) -> Iterator[RunInfo]:
        with open_regular(path) as file:
            is_record = _MARK.search(file.read(_HEAD)) is not None
        if is_record:
            yield self.read(str(path)).info

    def read(self, location: str) -> Run:
        """Raises ConfigError, with file and line, for anything that the format doesn't know."""
        try:
            text = read_whole(Path(location)).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{location} is not UTF-8 text: byte {error.start} is wrong.") from None
        return run_of(read_yaml(text, location))
