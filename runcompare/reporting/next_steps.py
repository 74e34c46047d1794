"""What to type next: commands that keep what the user gave, and the corrected config as a YAML block."""

import io
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runcompare.comparison.comparison import Comparison, Side
from runcompare.comparison.model import Corrected, CorrectedChange
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from runcompare.comparison.target import TargetReport
    from runcompare.comparison.tasks import TasksReport

__all__ = ["config_block", "next_commands", "target_commands", "tasks_command"]

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
    "looks",
    "keep",
)
TASKS = ("task_key", "task_metrics")
AT_HAND = "# the runs were at hand in Python, so runcompare.{} there renders them again"
REPLICATE = ("runs", "metric", "min_effect", "gpu_price", "cpu_price")
LEDGER = "looks.jsonl"
FLAGS = {"guardrails": "guardrail"}  # options whose flags have another name
REASONS = {
    "baseline-value": "not {candidate}",
    "search-without-gain": "not {candidate}; the search gained nothing beyond noise",
    "stage-without-effect": "not {candidate}; the gate closed, so its result was not used",
    "best-epoch": "not {candidate}; nothing improved after that",
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
    """What to type next: more seeds of each side, the corrected config, then this report again. Words that come from
    a run are quoted for a shell."""
    if any(_is_at_hand(side) for side in (c.candidate, c.baseline)):
        return [AT_HAND.format("report(...)")]
    references = f"{_quoted(c.candidate.reference)} {_quoted(c.baseline.reference)}"
    again = f"runcompare report {references}{_flags(c.options.asked, REPORT)}"
    lines, ledger = _more_seeds(c), _ledger(c)
    if c.corrected is not None and not c.corrected.is_baseline:
        lines.append("# the corrected config, whole, and a run of it")
        lines.append(f"{again} --corrected corrected.yaml -o report.md")
        lines.append("runcompare train corrected.yaml")
    return [*lines, "# then look again", f"{again}{ledger}"] if lines else [again]


def target_commands(r: "TargetReport") -> list[str]:
    """What to type next where a group was judged by a number: more seeds where they would show it, then the report."""
    if _is_at_hand(r.side):
        return [AT_HAND.format("report(..., target=...)")]
    again = f"runcompare report {_quoted(r.side.reference)} --target {r.target!r}{_flags(r.options.asked, REPORT)}"
    wanted = 3 if r.test.verdict == "can't tell" else r.needed.runs_low if r.needed is not None else 0
    if r.test.verdict not in ("can't tell", "not shown") or wanted <= r.sample.n:
        return [again]
    flags = _flags(r.options.asked, REPLICATE)
    more = f"runcompare replicate {_quoted(r.side.reference)} --seeds {wanted}{flags}"
    return ["# more seeds; for a trainer of your own add --command", more, "# then look again", again]


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


def _is_at_hand(side: Side) -> bool:
    """Whether a side is made of runs in memory, which no command can name."""
    named = ", ".join(run.id for run in side.runs)
    return any(run.source == "frame" for run in side.runs) or (len(side.runs) > 1 and side.reference == named)


def _more_seeds(c: Comparison) -> list[str]:
    advised = _next_look(c)
    asked = advised.get("look_at", advised.get("seeds_low"))
    lines = []
    for side, have in ((c.candidate, c.quality.candidate.n), (c.baseline, c.quality.baseline.n)):
        missing = int(asked or 0) - have
        if missing > 0:
            seeds = f"{missing} more seed{'s' if missing > 1 else ''}"
            lines.append(f"# {seeds} of {clean(side.label)}; for a trainer of your own add --command")
            flags = _flags(c.options.asked, REPLICATE)
            lines.append(f"runcompare replicate {_quoted(side.reference)} --seeds {asked}{flags}")
    return lines


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
