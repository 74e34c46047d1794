"""What test samples say: about these checkpoints, matched by what the samples are called."""

import numpy as np
import pytest
from paired_runs import KEY, seeded_run
from scipy import stats as scipy_stats

import runcompare
from runcompare.records.run import Group

N = 40


def errors(seed, scale=1.0):
    """Errors of the same samples: hard ones are hard for every checkpoint."""
    hard = np.random.default_rng(0).lognormal(0, 1, N)
    return scale * hard * np.random.default_rng([seed, 1]).lognormal(0, 0.1, N)


def run(name, seed, values, *, keys=True, final=None):
    called = {KEY: tuple(f"x{i}" for i in range(N))} if keys is True else keys or {}
    value = float(np.mean(values)) if final is None else final
    return seeded_run(name, seed, value, samples={KEY: tuple(map(float, values))}, sample_keys=called)


def evidence(new, old, tmp_path):
    groups = (Group(name, name, tuple(runs)) for name, runs in (("new", new), ("old", old)))
    return runcompare.compare(*groups, runs=tmp_path, metric=KEY, direction="min")


def test_one_run_a_side_can_tell_of_its_checkpoint_and_not_of_its_method(tmp_path):
    c = evidence([run("new", 0, errors(1, 0.8))], [run("old", 0, errors(2))], tmp_path)
    assert c.verdict == "can't tell"
    assert c.samples.test.verdict == "better"
    assert (c.samples.n, c.samples.runs, c.samples.matched_by) == (N, (1, 1), "key")
    assert c.samples.test.noise.source == "test samples"
    assert "checkpoints-only" in {note.code for note in c.samples.test.warnings}


def test_samples_are_matched_by_key_and_not_by_place(tmp_path):
    order = np.random.default_rng(3).permutation(N)
    new, old = errors(1, 0.97), run("old", 0, errors(2))
    shuffled = run("new", 0, new[order], keys={KEY: tuple(f"x{i}" for i in order)})
    one, other = (evidence([r], [old], tmp_path).samples.test for r in (run("new", 0, new), shuffled))
    assert other.p_value == pytest.approx(one.p_value)
    by_place = evidence([run("new", 0, new[order], keys=False)], [run("old", 0, errors(2), keys=False)], tmp_path)
    assert by_place.samples.matched_by == "position"
    assert by_place.samples.test.p_value > 2 * one.p_value


def test_several_runs_stand_by_their_mean_error_of_each_sample(tmp_path):
    new, old = [errors(i, 0.97) for i in (1, 2)], [errors(i) for i in (3, 4)]
    found = evidence(*([run(n, s, v) for s, v in enumerate(side)] for n, side in (("a", new), ("b", old))), tmp_path)
    a, b = np.mean(new, axis=0), np.mean(old, axis=0)
    influence = a / a.mean() - b / b.mean()
    t = np.log(a.mean() / b.mean()) / (influence.std(ddof=1) / np.sqrt(N))
    assert found.samples.test.p_value == pytest.approx(2 * scipy_stats.t.sf(abs(t), N - 1))
    assert found.samples.runs == (2, 2)


def test_a_metric_that_is_not_the_mean_of_its_samples_gets_none(tmp_path):
    root_mean_square = float(np.sqrt(np.mean(errors(1) ** 2)))
    assert (
        evidence([run("a", 0, errors(1), final=root_mean_square)], [run("b", 0, errors(2))], tmp_path).samples is None
    )


def test_a_run_without_samples_leaves_nothing_to_say(tmp_path):
    new = [run("a", 0, errors(1)), seeded_run("a", 1, 1.0)]
    assert evidence(new, [run("b", 0, errors(2)), run("b", 1, errors(3))], tmp_path).samples is None


def test_samples_without_keys_that_differ_in_number_are_not_matched(tmp_path):
    short = seeded_run("a", 0, float(np.mean(errors(1)[:30])), samples={KEY: tuple(errors(1)[:30])})
    old = run("b", 0, errors(2), keys=False)
    groups = (Group("a", "a", (short,)), Group("b", "b", (old,)))
    assert runcompare.compare(*groups, runs=tmp_path, metric=KEY, direction="min", force=True).samples is None


def test_swapping_the_sides_mirrors(tmp_path):
    new, old = run("a", 0, errors(1, 0.9)), run("b", 0, errors(2))
    there, back = evidence([new], [old], tmp_path).samples.test, evidence([old], [new], tmp_path).samples.test
    assert back.p_value == pytest.approx(there.p_value)
    assert (there.verdict, back.verdict) == ("better", "worse")
