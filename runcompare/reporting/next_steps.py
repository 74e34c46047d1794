"""What to type next: commands that keep what the user gave, and the corrected config as a YAML block."""

import io
import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from runcompare.comparison.comparison import Comparison, Side
from runcompare.comparison.corrected.file import Setting
from runcompare.comparison.model import Corrected, CorrectedChange
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from runcompare.comparison.many import ManyReport
    from runcompare.comparison.ranking import RankReport
    from runcompare.comparison.target import TargetReport
    from runcompare.comparison.tasks import TasksReport

__all__ = [
    "config_block",
    "many_commands",
    "next_commands",
    "rank_command",
    "reasons",
    "target_commands",
    "tasks_command",
]

REPORT = (
    "runs",
    "metric",
    "direction",
    "scale",
    "value",
    "min_effect",
    "alpha",
    "guardrails",
    "gpu_price",
    "cpu_price",
    "noise_cv",
    "noise_from",
    "no_noise_library",
    "pair_by",
    "force",
    "ignore",
    "looks",
    "keep",
)
RECOMMEND = tuple(name for name in REPORT if name not in ("looks", "keep"))
ABLATE = ("runs", "metric", "gpu_price", "cpu_price")
OUT = "runs"  # the folder of new runs
LOGGED = "by the command that its runs logged: look at it before you run it"
TASKS = ("task_key", "task_metrics")
AT_HAND = "# the runs were at hand in Python, so runcompare.{} there renders them again"
REPLICATE = ("runs", "metric", "min_effect", "gpu_price", "cpu_price")
LEDGER = "looks.jsonl"
WRITTEN = (".yaml", ".yml", ".json")  # kinds of files that a config which was logged can be written as
FLAGS = {"guardrails": "guardrail"}  # options whose flags have another name
REASONS = {
    "baseline-value": "not {candidate}",
    "search-without-gain": "not {candidate}; the search gained nothing beyond noise",
    "stage-without-effect": "not {candidate}; the gate closed, so its result was not used",
    "overfitted": "not {candidate}; held-out loss rose after that",
    "cost-without-gain": "not {candidate}; it costs more, and no gain is shown",
    "made-it-worse": "not {candidate}; it made the result worse",
    "removed": "was {candidate}; the baseline has none",
}


def config_block(corrected: Corrected) -> str:
    """YAML that loads: the changed settings, each with a comment; removed ones as comments."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    root = CommentedMap()
    removed = []
    for change in corrected.changes:
        if change.value is None:
            removed.append(change)
            continue
        *parents, leaf = change.path.split(".")
        node = root
        for part in map(clean, parents):
            if not isinstance(node.get(part), CommentedMap):
                node[part] = CommentedMap()
            node = node[part]
        node[clean(leaf)] = _plain(change.value)
        node.yaml_add_eol_comment(_comment(change), clean(leaf))
    stream = io.StringIO()
    if root:
        yaml = YAML()
        yaml.width = 10_000
        yaml.dump(root, stream)
    gone = "".join(f"# remove {clean(c.path)} (was {clean(c.candidate)})\n" for c in removed)
    return (stream.getvalue() + gone).rstrip()


def reasons(corrected: Corrected) -> list[Setting]:
    """What to write into the candidate's file, each with its reason as the comment on its line."""
    return [Setting(c.path, c.value, clean(_reason(c))) for c in corrected.changes]


def _reason(change: CorrectedChange) -> str:
    cited = f" ({', '.join(change.cites)})" if change.cites else ""
    gone = f"{change.path} removed, " if change.value is None else ""
    return f"{gone}{_comment(change)}{cited}"


def _comment(change: CorrectedChange) -> str:
    template = REASONS.get(change.reason, "was {candidate}")
    old = "unset" if change.candidate is None else clean(change.candidate)
    return template.format(candidate=old, baseline=clean(change.baseline))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {clean(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return clean(value) if isinstance(value, str) else value


def next_commands(c: Comparison) -> list[str]:
    """What to type next: more seeds of each side, the corrected config, then a report that has the new runs in it.

    Words that come from a run are quoted for a shell. A command that would fail, because no log tells how a side is
    trained, is left out, and what is left to do stands there as a comment. Nothing stands there where nothing is left.
    """
    if any(_is_at_hand(side) for side in (c.candidate, c.baseline)):
        return [AT_HAND.format("report(...)")]
    return [*_more_seeds(c), *_corrected_commands(c), *_ablation(c)]


def _report(candidate: str, baseline: str, c: Comparison) -> str:
    return f"runcompare report {_quoted(candidate)} {_quoted(baseline)}{_flags(c.options.asked, REPORT)}"


def _more_seeds(c: Comparison) -> list[str]:
    """Seeds that are advised, where the trainer is known; then both sides again, the new runs with them."""
    advised = _next_look(c)
    asked = int(advised.get("look_at", advised.get("seeds_low")) or 0)
    lines: list[str] = []
    by_hand, references = [], []
    for side, have in ((c.candidate, c.quality.candidate.n), (c.baseline, c.quality.baseline.n)):
        missing = asked - have
        references.append(f"{side.reference},{OUT}/{side.role}" if missing > 0 else side.reference)
        seeds = f"{missing} more seed{'s' if missing > 1 else ''} of {clean(side.label)}"
        if missing > 0 and side.trainer is None:
            by_hand.append(seeds)
        elif missing > 0:
            lines += _seeds_of(side, asked, seeds, c)
    if by_hand:
        lines.append(f"# train {' and '.join(by_hand)} with your trainer: no log tells how it was started")
    if not lines:
        return []
    if any(line.startswith("# train") for line in lines):  # by hand, into folders that only the user knows
        again = f"{_report(c.candidate.reference, c.baseline.reference, c)}{_ledger(c)}"
        return [*lines, f"# then look again, the new runs named with the old ones (OLD,NEW): {again}"]
    return [
        *lines,
        "# then look again, the new runs among the old",
        f"{_report(references[0], references[1], c)}{_ledger(c)}",
    ]


def _seeds_of(side: Side, asked: int, seeds: str, c: Comparison) -> list[str]:
    trainer = side.trainer
    assert trainer is not None
    flags = f" --out {OUT}/{side.role}{_flags(c.options.asked, REPLICATE)}"
    replicate = f"runcompare replicate {_quoted(side.reference)} --seeds {asked}{flags}"
    if trainer.kind == "engine":
        return [f"# {seeds}", replicate]
    if not trainer.takes_out:
        return [
            f"# train {seeds} as its runs were started, each into a folder of its own:",
            f"#   {clean(trainer.command)}",
        ]
    return [f"# {seeds}, {LOGGED}", f"{replicate} --command {_quoted(trainer.command)}"]


def _corrected_commands(c: Comparison) -> list[str]:
    """The corrected config written, trained and judged; or, where runs of it are there, compared."""
    corrected = c.corrected
    if corrected is None or corrected.is_baseline:
        return []
    if corrected.tried is not None:
        tried = corrected.tried.reference
        return ["# the corrected config's runs against the candidate", _report(tried, c.candidate.reference, c)]
    sides = f"{_quoted(c.candidate.reference)} {_quoted(c.baseline.reference)}"
    trainer = c.candidate.trainer
    suffix = PurePath(trainer.config).suffix.lower() if trainer is not None else ""
    name = f"corrected{suffix if suffix in WRITTEN else WRITTEN[0]}"
    write = f"runcompare recommend {sides}{_flags(c.options.asked, RECOMMEND)} -o {name}"
    if trainer is None or not trainer.takes_out:
        return ["# the corrected config, to train with your trainer", write]
    verify = f"{write} --verify --seeds 3 --out {OUT}/corrected"
    title = "# train the corrected config and see whether it does what is forecast"
    if trainer.kind == "engine":
        return [title, verify, "# then compare it", _report(f"{OUT}/corrected", c.candidate.reference, c)]
    command = _with_config(trainer.command, trainer.config)
    if command is None or suffix not in WRITTEN:
        return ["# the corrected config, to train with your trainer", write]
    return [
        f"{title}; look at the command before you run it",
        f"{verify} --command {_quoted(command)}",
        "# then compare it",
        _report(f"{OUT}/corrected", c.candidate.reference, c),
    ]


def _ablation(c: Comparison) -> list[str]:
    """What finds out which change did it, where that is advised and the trainer is known."""
    trainer = c.candidate.trainer
    if trainer is None or not any(step.action == "ablate" for step in c.recommendations):
        return []
    command = _with_config(trainer.command, trainer.config) if trainer.kind == "command" else ""
    if command is None or not trainer.takes_out:
        return []
    told = f" --command {_quoted(command)}" if command else ""
    sides = f"{_quoted(c.candidate.reference)} {_quoted(c.baseline.reference)}"
    title = "# which change did it: what would be run and what it costs; without --plan-only it is run"
    return [title, f"runcompare ablate {sides}{_flags(c.options.asked, ABLATE)}{told} --plan-only"]


def _with_config(command: str, config: str) -> str | None:
    """The command with the place of the corrected config where the runs' own file stood; None where they named none."""
    return command.replace(config, "{config}") if config and config in command else None


def target_commands(r: "TargetReport") -> list[str]:
    """What to type next where a group was judged by a number: more seeds where they would show it, then the report."""
    if _is_at_hand(r.side):
        return [AT_HAND.format("report(..., target=...)")]
    again = f"runcompare report {_quoted(r.side.reference)} --target {r.target!r}{_flags(r.options.asked, REPORT)}"
    wanted = 3 if r.test.verdict == "can't tell" else r.needed.runs_low if r.needed is not None else 0
    if r.test.verdict not in ("can't tell", "not shown") or wanted <= r.sample.n:
        return [again]
    trainer, seeds = r.side.trainer, f"{wanted - r.sample.n} more"
    if trainer is None or not trainer.takes_out:
        by_hand = f"# train {seeds} seeds with your trainer: no log tells how they are started"
        return [by_hand, f"# then look again: {again}"]
    flags = f" --out {OUT}/more{_flags(r.options.asked, REPLICATE)}"
    more = f"runcompare replicate {_quoted(r.side.reference)} --seeds {wanted}{flags}"
    told = "" if trainer.kind == "engine" else f" --command {_quoted(trainer.command)}"
    look = f", {LOGGED}" if told else ""
    wider = f"{r.side.reference},{OUT}/more"
    again = again.replace(_quoted(r.side.reference), _quoted(wider), 1)
    return [f"# {seeds} seeds{look}", f"{more}{told}", "# then look again, the new runs among the old", again]


def _next_look(c: Comparison) -> Mapping[str, Any]:
    """The facts of the look that is advised, if one is."""
    return next((r.facts for r in c.recommendations if r.action == "run_seeds"), {})


def _ledger(c: Comparison) -> str:
    """What the next look is to be put down in, where this one was not."""
    state = _next_look(c).get("look_state")
    if state is None or c.look is not None:
        return ""
    return f" --looks {LEDGER}{' --looked' if state != 'first' else ''}"


def tasks_command(r: "TasksReport") -> str:
    """What makes the report on many tasks again."""
    if any(_is_at_hand(side) for side in (r.candidate, r.baseline)):
        return AT_HAND.format("report(...)")
    references = f"{_quoted(r.candidate.reference)} {_quoted(r.baseline.reference)}"
    return f"runcompare report {references}{_flags(r.options.asked, (*TASKS, *REPORT))}"


RANK = ("runs", "metric", "direction", "scale", "value", "alpha", "gpu_price", "cpu_price", "noise_cv", "noise_from")


def rank_command(r: "RankReport") -> str:
    """What makes a ranking again."""
    if not all(one.reference for one in r.groups):
        return AT_HAND.format("rank(...)")
    references = " ".join(_quoted(one.reference) for one in r.groups)
    return f"runcompare rank {references}{_flags(r.options.asked, RANK)}"


def many_commands(r: "ManyReport") -> list[str]:
    """What to type next: the whole report of each candidate."""
    if any(_is_at_hand(side) for side in (r.baseline, *(c.candidate for c in r.candidates))):
        return [AT_HAND.format("report(...)")]
    flags = _flags(r.options.asked, REPORT)
    base = _quoted(r.baseline.reference)
    return [f"runcompare report {_quoted(c.candidate.reference)} {base}{flags}" for c in r.candidates]


def _is_at_hand(side: Side) -> bool:
    """Whether a side is made of runs in memory, which no command can name."""
    named = ", ".join(run.id for run in side.runs)
    return any(run.source == "frame" for run in side.runs) or (len(side.runs) > 1 and side.reference == named)


def _flags(asked: Mapping[str, Any], known: Sequence[str]) -> str:
    """The options that were given, of those that the command knows, as they are typed."""
    words: list[str] = []
    for name in (name for name in known if name in asked):
        flag, given = f"--{FLAGS.get(name, name).replace('_', '-')}", asked[name]
        if given is True:
            words.append(flag)
            continue
        for value in given if isinstance(given, list | tuple) else [given]:
            words += [flag, _quoted(str(value))]
    return "".join(f" {word}" for word in words)


def _quoted(word: str) -> str:
    return shlex.quote(clean(word))
