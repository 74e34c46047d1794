"""Results of the LM Evaluation Harness."""

import json
from pathlib import Path

from runcompare.metrics.stated import statements_of
from runcompare.sources import list_runs
from runcompare.sources.registry import read_run

RESULTS = {
    "results": {
        "hellaswag": {"alias": "hellaswag", "acc,none": 0.5, "acc_stderr,none": 0.01, "acc_norm,none": 0.625},
        "gsm8k": {"alias": "gsm8k", "exact_match,strict-match": 0.25, "exact_match_stderr,strict-match": "N/A"},
        "wikitext": {"word_perplexity,none": 12.5},
    },
    "configs": {"hellaswag": {"task": "hellaswag"}},
    "versions": {"hellaswag": 1.0},
    "n-shot": {"gsm8k": 5},
    "higher_is_better": {
        "hellaswag": {"acc": True, "acc_norm": True},
        "gsm8k": {"exact_match": True},
        "wikitext": {"word_perplexity": False},
    },
    "config": {"model": "hf", "model_args": "pretrained=gpt2", "random_seed": 0},
    "git_hash": "abc1234",
    "date": 1_790_000_000.5,
    "model_name": "gpt2",
    "total_evaluation_time_seconds": "61.5",
}


def written(folder: Path, text: str) -> None:
    (folder / "gpt2").mkdir()
    (folder / "gpt2" / "results_2026-11-26T11-00-00.0.json").write_text(text)


def test_tasks_and_metrics_with_their_directions(tmp_path: Path) -> None:
    written(tmp_path, json.dumps(RESULTS))
    (info,) = list_runs([tmp_path]).runs
    run = read_run(info)
    assert run.summary == {
        "hellaswag/acc": 0.5,
        "hellaswag/acc_stderr": 0.01,
        "hellaswag/acc_norm": 0.625,
        "gsm8k/exact_match,strict-match": 0.25,
        "wikitext/word_perplexity": 12.5,
    }
    directions = {key: stated.direction for key, stated in statements_of([run]).items()}
    assert directions["wikitext/word_perplexity"] == "min"
    assert directions["gsm8k/exact_match,strict-match"] == directions["hellaswag/acc_norm"] == "max"
    assert (run.name, run.runtime_s, run.info.started_at) == ("gpt2", 61.5, 1_790_000_000.5)
    assert run.config["n_shot"] == {"gsm8k": 5}


def test_another_programs_results_are_left_to_others(tmp_path: Path) -> None:
    written(tmp_path, '{"results": {}}')
    assert not list_runs([tmp_path]).runs
