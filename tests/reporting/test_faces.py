"""How results show themselves: in a line, in a notebook, as pictures, tables and files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from comparisons import make_comparison, make_hostile
from html_pages import Tags
from summed_runs import summed_group

import runcompare
from runcompare.comparison.comparison import Comparison
from runcompare.errors import UsageError
from runcompare.records.run import Group
from runcompare.reporting import printed
from runcompare.reporting.brief import MOST_WORDS, count_words
from runcompare.reporting.renderers import RENDERERS, renderer
from runcompare.reporting.terminal import as_text


def curve_group(name: str, level: float) -> Group:
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
    return runcompare.load(runcompare.from_frame(rows, by="seed", name=name))


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return results_of("new")


def results_of(name: str) -> dict[str, Any]:
    """One result of every kind, about a group of this name."""
    new, old, other = curve_group(name, 1.0), curve_group("old", 2.0), curve_group("other", 3.0)
    return {
        "Comparison": runcompare.compare(new, old, metric="val/loss"),
        "TargetReport": runcompare.against_target(new, 0.5, metric="val/loss"),
        "TasksReport": runcompare.compare_tasks(new, old, task_metrics="*/acc", direction="max"),
        "ManyReport": runcompare.compare_many((new, other), old, metric="val/loss"),
        "Group": new,
        "RankReport": runcompare.rank(new, old, other, metric="val/loss"),
        "Gate": runcompare.gate(new, old, metric="val/loss", fail_on="worse,cost>2x"),
        "CostReport": runcompare.cost(new, old, metric="val/loss", cpu_price=0.1),
        "Plan": runcompare.plan(new, old, metric="val/loss"),
        "Check": runcompare.check(new, old, history=False),
        "Recommended": runcompare.recommend(new, old, metric="val/loss"),
        "Forecast": runcompare.forecast({"epochs": 5}, like=[new, old]),
    }


@pytest.mark.parametrize("kind", RENDERERS)
def test_a_terminal_shows_every_kind_in_80_columns(
    results: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = results[kind]
    faces = renderer(result)
    shown = as_text(faces.to_terminal(result), faces.commands(result))
    assert max(map(len, shown.split("Next:")[0].splitlines())) <= 80
    assert ("Next:" in shown) == bool([c for c in faces.commands(result) if not c.startswith("#")])


def test_every_kind_of_result_is_tried(results: dict[str, Any]) -> None:
    assert set(results) == set(RENDERERS)


@pytest.mark.parametrize("kind", RENDERERS)
def test_all_faces_of_all_kinds(results: dict[str, Any], kind: str, tmp_path: Path) -> None:
    result = results[kind]
    assert repr(result).startswith(f"<{kind} ")
    assert "\n" not in repr(result)
    assert len(repr(result)) < 400
    card = result._repr_html_()
    assert len(card) < 20_000
    assert not {"script", "style", "a", "img"} & set(Tags(card).tags)
    assert count_words(result._repr_markdown_()) <= MOST_WORDS
    assert result.to_markdown().startswith("# ")
    assert result.to_html().startswith("<!doctype html>")
    assert json.loads(result.to_json())
    assert len(result.to_frame()) >= 1
    for suffix in (".md", ".html", ".json"):
        result.save(tmp_path / f"r{suffix}")
        assert (tmp_path / f"r{suffix}").stat().st_size > 150
    with pytest.raises(UsageError, match=r"report\.html"):
        result.save(tmp_path / "r.docx")


@pytest.mark.parametrize("word", ["$x^{$ \\frac", "<script>alert(1)</script>", "a|b `c`", "\x1b[31mred", "x " * 400])
def test_nothing_of_a_run_reaches_a_notebook_as_code_or_formula(word: str) -> None:
    hostile = make_hostile(word)
    card, usual = hostile._repr_html_(), make_hostile("word")._repr_html_()
    assert set(Tags(card).tags) <= set(Tags(usual).tags) | {"code"}
    assert "$" not in card
    assert "\x1b" not in card + repr(hostile)
    assert "\n" not in repr(hostile)
    assert count_words(hostile._repr_markdown_()) <= MOST_WORDS


@pytest.mark.parametrize("word", ["$x^{$ \\frac", "<script>alert(1)</script>", "a|b `c`\n```\n# d", "\x1b[31mred"])
def test_a_groups_name_is_text_in_every_kind(results: dict[str, Any], word: str) -> None:
    for kind, result in results_of(word).items():
        card, usual = result._repr_html_(), results[kind]._repr_html_()
        assert set(Tags(card).tags) <= set(Tags(usual).tags) | {"code", "span"}, kind
        assert "\x1b" not in card + repr(result) + result.to_markdown(), kind
        assert "\n" not in repr(result), kind
        assert "\n# d" not in result.to_markdown(), kind


def test_a_run_shows_itself_in_a_line() -> None:
    run = curve_group("new", 1.0).runs[0]
    assert repr(run) == f"<Run {run.id!r} (frame): 5 rows, unknown>"


def test_prices_are_no_formulas(full: Comparison) -> None:
    for text in (full.to_markdown(), full._repr_markdown_()):
        assert "\\$10.78" in text
        assert "$" not in text.replace("\\$", "").split("```")[0]


def test_pictures_by_name_and_an_unknown_one_names_the_known(full: Comparison) -> None:
    for kind in (None, "effect", "metrics", "cost", "curve", "operator"):
        assert full.plot(kind)._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match=r"Did you mean 'effect'\? There are: effect, curve, operator, metrics, cost"):
        full.plot("efect")


def test_a_result_without_pictures_says_so(single: Comparison) -> None:
    bare = replace(single, cost=(), stages=(), curve=None)
    with pytest.raises(UsageError, match="no picture of this"):
        bare.plot()


def test_a_groups_curves_are_its_pictures() -> None:
    group = curve_group("new", 1.0)
    axis = group.plot("val/loss").axes[0]
    assert len(axis.lines) == 3
    with pytest.raises(UsageError, match="There are: "):
        group.plot("val/los")
    with pytest.raises(UsageError, match="no picture"):
        summed_group("g", "k", [1.0, 2.0]).plot()


def test_what_does_not_fit_a_brief_is_counted() -> None:
    many = make_comparison()
    rules = [replace(many.findings[1], title=f"Title {'long ' * 60}{i}", stage=None) for i in range(5)]
    brief = replace(many, findings=tuple(rules))._repr_markdown_()
    assert count_words(brief) <= MOST_WORDS
    assert "more in the whole report." in brief
    assert "Next: `runcompare" in brief


def test_runs_and_groups_are_sequences_that_show_themselves(tmp_path: Path) -> None:
    for seed in range(2):
        with runcompare.Recorder(
            tmp_path / f"r{seed}", id=f"r{seed}", name="<b>", config={"seed": seed, "lr": 0.1}
        ) as log:
            log.log({"val/loss": 1.0 + seed}, step=1)
    found = runcompare.runs(tmp_path)
    assert [run.id for run in found] == ["r0", "r1"] == [run.id for run in found[:2]]
    assert repr(found).splitlines()[0].split() == [
        "id",
        "name",
        "group",
        "seed",
        "state",
        "started",
        "source",
        "location",
    ]
    assert "&lt;b&gt;" in found._repr_html_()
    assert list(found.to_frame()["id"]) == ["r0", "r1"]
    groups = runcompare.groups(runs=tmp_path)
    assert len(groups) == 1
    assert groups.to_frame()["runs"][0] == ["r0", "r1"]
    assert "None was found." in repr(found[5:])


def test_a_brief_cuts_no_code_block_in_two() -> None:
    blocks = list(printed._blocks("# a\n\n````text\nb\n```\n\nc\n````\n\nd"))
    assert blocks == ["# a", "````text\nb\n```\n\nc\n````", "d"]
