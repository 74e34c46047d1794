"""One group against a claimed number, in every format."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from html_pages import leads_nowhere
from rich.console import Console
from summed_runs import summed_group

from runcompare.comparison.request import Request
from runcompare.comparison.target import TargetReport, judge_target
from runcompare.comparison.trainer import Trainer
from runcompare.metrics.override import Override
from runcompare.reporting import json_schema
from runcompare.reporting.next_steps import target_commands
from runcompare.reporting.target import to_html, to_json, to_markdown, to_terminal
from runcompare.reporting.target_text import headline, lines

LOSSES = (3.2765, 3.2781, 3.2773, 3.2790, 3.2769)
SCHEMA = Path(__file__).parents[2] / "docs" / "target.schema.json"


def judged(values: Any = LOSSES, target: float = 3.28, key: str = "val_loss", **more: Any) -> TargetReport:
    return judge_target(summed_group("new", key, values), target, Request(metric=key, **more))


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (judged(), "new reaches the target: mean val_loss 3.2776, below 3.28"),
        (judged(target=3.27), "new misses the target: mean val_loss 3.2776, above 3.27"),
        (judged(target=3.2778), "Not shown: mean val_loss 3.2776 is below the target 3.2778, which may be noise"),
        (judged(key="zebra"), "new is below 3.28: mean zebra 3.2776; which is better is not known: say --direction"),
        (
            judged((3.27,)),
            "Can't tell, one run and no estimate of the noise: mean val_loss 3.27 against the target 3.28",
        ),
        (judged((0.93, 0.94, 0.95), 0.9, "accuracy"), "new reaches the target: mean accuracy 94 %, above 90 %"),
    ],
    ids=["reached", "missed", "not shown", "no direction", "one run", "share"],
)
def test_the_headline_says_no_more_than_was_shown(report: TargetReport, says: str) -> None:
    assert headline(report) == says


def test_the_mean_has_the_digits_that_tell_it_from_the_target() -> None:
    near = judged((3.279991, 3.279992, 3.279993))
    assert "mean val_loss 3.279992, below 3.28" in headline(near)


def test_the_lines_say_the_test_the_noise_and_what_more_runs_would_show() -> None:
    shown, open_ = ("\n".join(lines(judged(target=t))) for t in (3.28, 3.2785))
    assert "90 % interval 3.2766 to 3.2785, one-sided p = 0.0027 (5 runs)" in shown
    assert "from these runs" in shown
    assert "More runs" not in shown
    assert "More runs: 7 to 36 in all would show four times in five" not in shown
    assert "in all would show four times in five that the mean is below it" in open_
    assert "No baseline is compared with" in open_
    assert "two-sided p" in "\n".join(lines(judged(key="zebra")))


def test_a_diverged_run_is_told_and_more_runs_do_not_help() -> None:
    report = judged((*LOSSES, float("nan")))
    text = "\n".join(lines(report))
    assert "Not shown" in headline(report)
    assert "5 runs, one diverged" in text or "(5 runs, 1 diverged)" in text
    assert "can't show it while 1 of them diverged" in text


def test_next_commands_ask_for_seeds_where_they_would_show_something() -> None:
    assert target_commands(judged()) == ["runcompare report new --target 3.28"]
    unknown = judged(target=3.2785)
    assert [line[0] for line in target_commands(unknown)] == ["#", "#"], "nothing tells how more are trained"
    more = target_commands(replace(unknown, side=replace(unknown.side, trainer=Trainer("engine"))))
    assert more[1].startswith("runcompare replicate new --seeds ")
    assert more[-1] == "runcompare report new,runs/more --target 3.2785"


def test_json_holds_all_of_it_and_keeps_to_its_schema() -> None:
    report = judged(primary=Override(direction="min", source="--direction"))
    data = json.loads(to_json(report))
    assert msgspec.json.decode(to_json(report), type=TargetReport) == report
    assert (data["kind"], data["text"]["headline"]) == ("target", headline(report))
    assert set(data) == set(json_schema("target")["$defs"]["TargetReport"]["properties"])
    stored = json.loads(SCHEMA.read_text())
    assert stored == json.loads(json.dumps(json_schema("target"))), (
        "run: python -m runcompare.reporting.as_json target > docs/target.schema.json"
    )


def test_all_formats_say_the_same_and_names_stay_text(word: str) -> None:
    hostile = judge_target(summed_group(word, word, LOSSES), 3.28, Request(metric=word))
    plain = judge_target(summed_group("g", "k", LOSSES), 3.28, Request(metric="k"))
    markdown, html = to_markdown(hostile), to_html(hostile)
    assert [line.split(" ")[0] for line in markdown.splitlines() if line.startswith("#")] == [
        line.split(" ")[0] for line in to_markdown(plain).splitlines() if line.startswith("#")
    ]
    assert html.count("<script") == to_html(plain).count("<script")
    leads_nowhere(html)
    out = io.StringIO()
    Console(file=out, width=400).print(to_terminal(hostile))
    assert "\x1b" not in out.getvalue()
    assert "is below 3.28" in out.getvalue()
