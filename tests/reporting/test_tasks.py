"""Two groups on many tasks, in every format."""

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from html_pages import Tags, leads_nowhere
from rich.console import Console
from summed_runs import summed

import runcompare
from runcompare.comparison.tasks import TasksReport
from runcompare.records.run import Group
from runcompare.reporting import json_schema
from runcompare.reporting.tasks import to_html, to_json, to_markdown, to_terminal
from runcompare.reporting.tasks_text import headline, lines

SCHEMA = Path(__file__).parents[2] / "docs" / "tasks.schema.json"


def side(label: str, effect: float, tasks: str = "abcdef", key: str = "eval/return") -> Group:
    rng = np.random.default_rng(len(label))
    runs = (
        summed(f"{label}{t}{i}", {key: (effect + float(rng.normal())) * 10.0**k}, seed=i, env=t, algo=label)
        for k, t in enumerate(tasks)
        for i in range(3)
    )
    return Group(label, label, tuple(runs))


def made(effect: float, **more: Any) -> TasksReport:
    return runcompare.compare_tasks(
        side("new", effect), side("base", 0.0), task_key="env", metric="eval/return", **more
    )


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_headline_says_what_was_shown_and_over_what() -> None:
    assert headline(made(4.0)).startswith("new is better over 6 tasks: mean effect +")
    assert headline(made(-4.0)).startswith("new is worse over 6 tasks: mean effect -")
    assert "which may be noise, or the choice of tasks" in headline(made(0.1))


def test_the_lines_say_what_the_mean_is_and_is_not() -> None:
    text = "\n".join(lines(made(4.0)))
    assert "values of different tasks have no common unit" in text
    assert "it speaks of tasks like these" in text
    assert "Probability of improvement: " in text
    assert "corrected for 6 tasks (Holm): better on" in text
    assert "More tasks: " not in text
    assert "in all would show a mean effect like this one four times in five (there are 6)" in "\n".join(
        lines(made(0.3))
    )


def test_json_holds_all_of_it_and_keeps_to_its_schema() -> None:
    report = made(4.0)
    data = json.loads(to_json(report))
    assert msgspec.json.decode(to_json(report), type=TasksReport) == report
    assert (data["kind"], data["text"]["headline"]) == ("tasks", headline(report))
    again = "run: python -m runcompare.reporting.as_json tasks > docs/tasks.schema.json"
    assert json.loads(SCHEMA.read_text()) == json.loads(json.dumps(json_schema("tasks"))), again


def test_names_stay_text_in_all_formats(word: str) -> None:
    names = (word, f"{word}2", "c")
    new, old = (
        Group(
            label,
            label,
            tuple(
                summed(f"{label}{k}{i}", {word: e + (i - 1) * 10.0**k}, seed=i, env=t, algo=label)
                for k, t in enumerate(names)
                for i in range(3)
            ),
        )
        for label, e in ((word, 1.0), ("old", 0.0))
    )
    report = runcompare.compare_tasks(new, old, task_key="env", metric=word)
    html, markdown = to_html(report), to_markdown(report)
    assert Tags(html).tags.count("tr") == 1 + len(report.tasks)
    assert Tags(html).tags.count("script") == 1
    leads_nowhere(html)
    assert [line.split(" ")[0] for line in markdown.splitlines() if line.startswith("#")] == ["#", "##", "##", "##"]
    out = io.StringIO()
    Console(file=out, width=400).print(to_terminal(report))
    assert "\x1b" not in out.getvalue()


def test_the_terminal_shows_the_tasks() -> None:
    out = io.StringIO()
    Console(file=out, width=200).print(to_terminal(made(4.0)))
    assert "new is better over 6 tasks" in out.getvalue()
    assert out.getvalue().count("n = 3 + 3") == 6
