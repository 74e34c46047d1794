import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from comparisons import EXAMPLES, make_comparison, make_curve, make_hostile, make_row, make_stage, make_test, sample
from markdown_it import MarkdownIt

import runcompare
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Evidence, Finding, Noise, Note, Recommendation, Tried
from runcompare.comparison.rules import RULES
from runcompare.comparison.rules.rule import Rule
from runcompare.comparison.trainer import Trainer
from runcompare.records.figure import Figure
from runcompare.reporting import to_markdown
from runcompare.reporting.closing_sections import MOST_OTHERS
from runcompare.reporting.next_steps import next_commands

PLOTS = {"effect": "plots/effect.png", "operator": "plots/operator.png"}
WRITEUP = Path(__file__).parents[2] / "examples" / "writeup"


def tokens(document: str) -> list[str]:
    """The document's structure: the types of its tokens, runs of text as one."""
    found: list[str] = []
    for token in MarkdownIt("commonmark").enable("table").parse(document):
        inner = [child.type for child in token.children or ()]
        kinds = [token.type, *("text" if kind in ("text_special", "softbreak") else kind for kind in inner)]
        found += [kind for i, kind in enumerate(kinds) if kind != "text" or i == 0 or kinds[i - 1] != "text"]
    return found


def section(document: str, title: str) -> str:
    found = re.search(rf"^## {title}.*?(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found[0]


def headings(document: str) -> list[str]:
    return re.findall(r"^## (.*)$", document, re.MULTILINE)


def test_has_the_parts_of_the_write_up_in_its_order(full: Comparison) -> None:
    assert full.corrected is not None
    tried = Tried("v3", "v3", ("a", "b"), full.quality, full.quality, ())
    document = to_markdown(replace(full, corrected=replace(full.corrected, tried=tried)), plots=PLOTS)
    assert document.startswith("# Run Comparison: hjnqclgk vs baseline32\n")
    assert [title.partition(":")[0] for title in headings(document)] == [
        "TL;DR",
        "Performance and cost",
        "Training",
        "Why",
        "Noise and significance",
        "What the candidate's money would buy",
        "Recommendations",
        "Corrected config",
        "What was learned",
        "Next steps",
        "Provenance and method",
    ]
    assert document.endswith("\n")
    assert "\n\n\n" not in document


def test_leaves_out_what_has_nothing_to_say(full: Comparison) -> None:
    bare = replace(full, stages=(), curve=None, families=(), findings=(), iso_cost=None)
    bare = replace(bare, recommendations=(), corrected=None, config=(), cost=())
    titles = [title.partition(":")[0] for title in headings(to_markdown(bare))]
    assert not {"Training", "Why", "Recommendations", "Corrected config"} & set(titles)
    assert "TL;DR" in titles


def test_every_table_row_has_its_headers_cells(full: Comparison, single: Comparison) -> None:
    for c in (full, single):
        width = None
        for line in to_markdown(c).splitlines():
            cells = len(re.split(r"(?<!\\)\|", line)) if line.startswith("|") else None
            assert cells is None or width is None or cells == width, line
            width = cells


def test_pictures_stand_with_their_stage(full: Comparison) -> None:
    document = to_markdown(full, plots=PLOTS)
    assert "](plots/operator.png)" in section(document, "Training")
    assert "](plots/effect.png)" in section(document, "Performance and cost")
    assert "![" not in to_markdown(full)


def test_a_folders_name_cannot_end_the_link(full: Comparison) -> None:
    document = to_markdown(full, plots={"effect": "my (new) plots/a b.png"})
    images = [
        child.attrs["src"]
        for token in MarkdownIt("commonmark").parse(document)
        for child in token.children or ()
        if child.type == "image"
    ]
    assert images == ["my%20%28new%29%20plots/a%20b.png"]


def test_the_write_ups_own_figures() -> None:
    figures = str(WRITEUP / "hjnqclgk.yaml"), str(WRITEUP / "baseline32.yaml")
    document = to_markdown(runcompare.compare(*figures, noise_library=False))
    assert headings(document)[0].startswith("TL;DR: **Can't tell, one run each: NRMSE 1.5 % lower")
    performance = section(document, "Performance and cost")
    for words in ("-1.5 %", "16x slower", "15x more expensive", "67 % larger", "50 % longer"):
        assert words in performance
    for words in ("3.3x", "1.9x", "1.25x", "0.0002 to 0.0005 (estimated)", "worse than its final loss"):
        assert words in section(document, "Training")
    assert "9x" in section(document, "Why")
    noise = section(document, "Noise and significance")
    assert "no estimate of the noise" in noise
    assert "--noise-cv" in noise
    assert " p = " not in document
    document = to_markdown(runcompare.compare(*figures))
    assert headings(document)[0].startswith("TL;DR: **Can't tell, one run each: NRMSE 1.5 % lower, which the noise of")
    assert "**Noise** assumed from other people's runs of this kind, not seen in these" in document
    assert "--no-noise-library" in section(document, "Noise and significance")


def quality(c: Comparison, verdict: str, test: Any = None, **more: Any) -> Comparison:
    return replace(
        c, verdict=verdict, quality=replace(c.quality, test=test or make_test(verdict), assessment=verdict), **more
    )


@pytest.mark.parametrize(
    ("verdict", "words", "change"),
    [
        ("better", "hjnqclgk is better: eval/nrmse 1.5 % lower", ""),
        ("worse", "hjnqclgk is worse", ""),
        ("equivalent", "No difference that matters", "a smaller `--min-effect`"),
        ("inconclusive", "Inconclusive: eval/nrmse 1.5 % lower, which may be noise", "more seeds"),
        ("not comparable", "Not comparable", "the same data"),
    ],
)
def test_every_verdict_says_what_it_means_and_what_would_change_it(
    full: Comparison, verdict: str, words: str, change: str
) -> None:
    reasons = (Note("data", "The data differ."),) if verdict == "not comparable" else ()
    document = to_markdown(quality(full, verdict, incomparable=reasons))
    assert words in headings(document)[0]
    assert change in section(document, "Noise and significance")
    assert ("The data differ." in document) == bool(reasons)


@pytest.mark.parametrize(
    ("noise", "words"),
    [
        (Noise("replicates", 0.04, df=4.0), "from the replicates themselves (3 candidate and 5 baseline runs)"),
        (
            Noise("history", 0.04, df=38.0, groups=14, runs=52, names=("g1",)),
            "14 replicated groups of the project (52 runs)",
        ),
        (Noise("assumed", 0.197), "**assumed**, stated by hand"),
    ],
)
def test_names_the_noise_and_where_it_comes_from(full: Comparison, noise: Noise, words: str) -> None:
    document = to_markdown(quality(full, "inconclusive", make_test(noise=noise)))
    assert words in section(document, "Noise and significance")


def test_the_interval_has_the_level_that_was_asked_for(full: Comparison) -> None:
    document = to_markdown(replace(full, options=replace(full.options, alpha=0.1)))
    assert "90 % interval" in document
    assert "95 %" not in document


def test_says_what_knowing_would_cost(full: Comparison) -> None:
    noise = section(to_markdown(full), "Noise and significance")
    assert "| 2 % (smallest effect of interest) | 30 to 95 | 140 to 460 h (estimated) |" in noise


def test_cannot_tell_names_the_price_of_a_further_run(single: Comparison) -> None:
    noise = section(to_markdown(single), "Noise and significance")
    assert "A further run costs \\$10.78 (candidate) or \\$0.70 (baseline)." in noise
    assert "1 candidate and 1 baseline run" in noise


def test_a_missing_side_says_why(full: Comparison) -> None:
    row = make_row(
        "operator/final_loss", sample([0.1]), sample([None]), label="Final loss", assessment="missing", ratio=None
    )
    stage = replace(make_stage(), rows=(row,), curves=(make_curve("candidate", "loss"),))
    document = to_markdown(replace(full, stages=(stage,)))
    line = next(line for line in document.splitlines() if line.startswith("| Final loss"))
    number = re.search(r"Final loss \\\[(\d+)\\\] \| — \| 0.1", line)
    assert number, line
    assert f"\n{number[1]}. Final loss: not logged\n" in document


def test_warnings_become_footnotes_once(full: Comparison) -> None:
    document = to_markdown(full)
    notes = document[document.index("### Notes") :]
    assert notes.count("Three seeds on one side") == 1
    marks = {int(n) for n in re.findall(r"\\\[(\d+)\\\]", document)}
    assert marks == {int(n) for n in re.findall(r"^(\d+)\. ", notes, re.MULTILINE)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("stage", ["operator", "elsewhere"])
@pytest.mark.parametrize("strength", ["strong", "note"])
def test_every_finding_adds_to_the_document(full: Comparison, rule: Rule, stage: str, strength: Any) -> None:
    proof = (Evidence("a figure", None, Figure(1.5, source="key @ step 3")),)
    finding = rule.finding(strength, EXAMPLES[rule.name], proof, stage=stage)
    document = to_markdown(replace(full, findings=(finding,)))
    assert "None" not in document
    without = to_markdown(replace(full, findings=()))
    assert len(document.splitlines()) > len(without.splitlines())


def test_a_finding_and_an_advice_without_a_sentence_list_their_facts(full: Comparison) -> None:
    finding = Finding("a_rule_of_tomorrow", "strong", {"some": 1.5}, (), title="A rule of tomorrow")
    advice = Recommendation("an_action_of_tomorrow", {"some": "fact"}, ())
    document = to_markdown(replace(full, findings=(finding,), recommendations=(advice,)))
    assert "some: 1.5." in document
    assert "An action of tomorrow: some: fact." in document


def test_next_commands_quote_what_a_run_chose(full: Comparison) -> None:
    side = replace(full.candidate, reference="a; rm -rf ~", label="x\nrm -rf ~", trainer=Trainer("engine"))
    asked = Recommendation("run_seeds", {"seeds_low": 4}, (), "{seeds_low} seeds.")
    lines = next_commands(replace(full, candidate=side, recommendations=(asked,)))
    assert all(line.startswith(("#", "runcompare ")) for line in lines)
    assert "runcompare report 'a; rm -rf ~,runs/candidate' baseline32" in lines
    assert "runcompare replicate 'a; rm -rf ~' --seeds 4 --out runs/candidate" in lines


def test_hostile_names_change_no_structure(word: str) -> None:
    """A report on a run that calls itself anything has the tokens of one that is called "word"."""
    assert tokens(to_markdown(make_hostile(word))) == tokens(to_markdown(make_hostile("word")))


@pytest.mark.parametrize(
    "word", ["https://evil.example", "www.evil.example", "mailto:x", "1. one", "- dash", "# h", "\u200b"]
)
def test_words_that_github_would_make_more_of(word: str) -> None:
    document = to_markdown(make_hostile(word))
    prose = re.sub(r"(`+).*?\1", "", document, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)://|www\.", prose)
    assert tokens(document) == tokens(to_markdown(make_hostile("word")))


def test_control_characters_never_reach_the_document(word: str) -> None:
    document = to_markdown(make_hostile(word))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\ud800-\udfff]", document)
    assert max(len(w) for w in document.split()) < 700


def test_a_side_without_runs_that_have_the_metric(full: Comparison) -> None:
    def lacking(values: Sequence[float | None]) -> Comparison:
        row = make_row("m", sample(values), full.quality.baseline, role="primary", assessment="missing")
        return replace(full, verdict="can't tell", worth=None, quality=row)

    for values in ([None, None, None], [float("nan")] * 3):
        assert "Can't tell" in headings(to_markdown(lacking(values)))[0]


def test_needs_no_matplotlib() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from runcompare.reporting import to_markdown; assert 'scipy' not in sys.modules;"
        "sys.path.insert(0, 'tests/kit'); import comparisons as k; to_markdown(k.make_comparison());"
        "assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=WRITEUP.parents[1])
    assert make_comparison() == make_comparison()


def test_the_metrics_curve_and_many_layers_stand_in_the_training(full: Comparison) -> None:
    training = section(to_markdown(full, plots={**PLOTS, "curve": "plots/curve.png"}), "Training")
    titles = re.findall(r"^### (.*)$", training, re.MULTILINE)
    assert titles == ["eval/nrmse over the training", "operator", "Many layers and parts"]
    assert "(plots/curve.png)" in training
    assert "2 keys; their final values change by +100 % in the median, most in `layer7/grad_norm` (3x)" in training


def test_other_results_end_where_nobody_would_read_on(full: Comparison) -> None:
    rows = tuple(make_row(f"x/{k}", sample([1.0]), sample([1.0])) for k in range(MOST_OTHERS + 5))
    document = to_markdown(replace(full, metrics=rows))
    assert len(re.findall(r"^\| x/", document, re.MULTILINE)) == MOST_OTHERS
    assert "5 more are in the whole report (`--full`)" in document
    assert len(re.findall(r"^\| x/", to_markdown(replace(full, metrics=rows), full=True), re.MULTILINE)) == len(rows)
