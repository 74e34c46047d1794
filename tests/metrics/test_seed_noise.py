"""The noise library: which metrics it knows, and that its table is what its script computes."""

import importlib.util
import sys
from dataclasses import astuple
from pathlib import Path

import pytest

from runcompare.metrics.metric import Meanings
from runcompare.metrics.override import Override
from runcompare.metrics.seed_noise import seed_noise, table

ROOT = Path(__file__).parents[2]


def kind(key: str, *beside: str, **said: str) -> str | None:
    meanings = Meanings(overrides={key: Override(**said)} if said else {})
    found = seed_noise(meanings.metric(key), beside)
    return None if found is None else found.kind


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("val/acc", "accuracy"),
        ("eval_accuracy", "accuracy"),
        ("test/roc_auc", "ROC AUC"),
        ("test/nrmse", "RMSE"),
        ("val_mse", "RMSE"),
        ("mae", "MAE"),
        ("val/ppl", "language model loss"),
        ("val_bpb", "language model loss"),
        ("charts/episodic_return", "episode return"),
        ("rollout/ep_rew_mean", "episode return"),
    ],
)
def test_a_metric_is_of_the_kind_that_its_meaning_says(key, expected):
    assert kind(key) == expected


@pytest.mark.parametrize(
    "key",
    ["val/loss", "train/acc", "acc_norm", "worst_group_accuracy", "val/f1", "neg_mean_squared_error", "foo", "lr"],
)
def test_nothing_else_is_guessed(key):
    assert kind(key) is None


def test_a_loss_beside_a_perplexity_is_a_language_models():
    assert kind("val/loss", "val/ppl", "lr") == "language model loss"
    assert kind("val/loss", "val/acc", "lr") is None
    assert kind("policy_loss", "val/ppl") is None
    assert kind("train/loss", "val/ppl") is None


def test_what_the_user_says_otherwise_is_no_longer_that_metric():
    assert kind("val/acc", direction="min", source="--direction") is None
    assert kind("val/acc", scale="log", source="--scale") is None


def test_a_square_is_twice_as_noisy_and_perplexity_follows_the_loss():
    assert seed_noise(Meanings().metric("val_mse")).times == 2
    assert seed_noise(Meanings().metric("val_rmse")).times == 1
    assert seed_noise(Meanings().metric("val/ppl")).relative
    assert not seed_noise(Meanings().metric("val_bpb")).relative


def test_the_mean_of_the_last_tenth_has_noise_of_its_own():
    returns = Meanings().metric("eval/episode_return")
    last, tail = (seed_noise(returns, tail=of_tail).lines for of_tail in (False, True))
    known = [line for line in table() if line.kind == "episode return" and line.noise_tail is not None]
    assert [line.noise for line in last] == [line.noise for line in known]
    assert [line.noise for line in tail] == [line.noise_tail for line in known]


def test_every_line_is_whole():
    for line in table():
        assert all(cell is not None and cell != "" for cell in (*astuple(line)[:11], *astuple(line)[13:]))
        assert line.scale in ("log", "logit", "relative")
        assert 0 < line.noise < 2
        assert 0 <= line.spread < 3
        assert line.runs >= 3 * line.groups > 0
        assert line.licence in ("MIT", "Apache-2.0")
        assert (line.noise_tail is None) == (line.spread_tail is None)


def test_groups_of_different_settings_are_not_in_it_and_diverged_runs_are_marked():
    assert not [line for line in table() if "hedwig" in line.family.lower()]
    assert next(line for line in table() if line.model == "BERT large").diverged > 0


def script():
    spec = importlib.util.spec_from_file_location("seed_noise_script", ROOT / "tests/benchmarks/seed_noise.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["seed_noise_script"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_this_repositorys_own_line_is_what_the_script_computes(capsys):
    assert script().main([f"runcompare={ROOT}"]) == 0
    heading, line = capsys.readouterr().out.splitlines()
    shipped = (ROOT / "runcompare/metrics/seed_noise.tsv").read_text().splitlines()
    assert heading == shipped[0]
    assert line in shipped


def test_groups_are_of_one_code_and_long_enough(tmp_path):
    folder = tmp_path / "records" / "track_1_short" / "one"
    folder.mkdir(parents=True)
    rule = "=" * 100
    for i, (code, last) in enumerate([("a", 3.28), ("a", 3.281), ("a", 3.279), ("b", 3.5)]):
        lines = f"step:5/10 val_loss:4.0 x\nstep:10/10 val_loss:{last} x\n"
        (folder / f"{i}.txt").write_text(f"{code}\n{rule}\n{lines}")
    (folder / "killed.txt").write_text(f"a\n{rule}\nstep:5/10 val_loss:9.0 x\n")
    found = [(line.family, [run.last for run in runs]) for line, runs in script().nanogpt(tmp_path)]
    assert found == [("nanoGPT 124M", [3.28, 3.281, 3.279]), ("nanoGPT 124M", [3.5])]


@pytest.mark.parametrize("sd", [0.01, 0.1])
def test_the_typical_noise_and_its_spread_are_found_again(sd):
    import numpy as np

    rng = np.random.default_rng(0)
    groups = [np.exp(sd * np.exp(0.5 * rng.normal()) * rng.normal(size=4)) for _ in range(2000)]
    found = script().spread_of(groups, "log")
    assert found.noise == pytest.approx(sd, rel=0.08)
    assert found.spread == pytest.approx(0.5, abs=0.06)
