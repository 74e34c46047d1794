import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcompare.comparison.config_changes import config_changes, shared_config
from runcompare.records.config import flatten, nest

keys = st.text("abcdef_", min_size=1, max_size=4)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
trees = st.recursive(leaves, lambda kids: st.dictionaries(keys, kids, min_size=1, max_size=3), max_leaves=8)


@given(st.dictionaries(keys, trees, max_size=4))
def test_nest_undoes_flatten(config):
    assert nest(dict(flatten(config))) == config


@given(st.dictionaries(keys, leaves), st.dictionaries(keys, leaves))
def test_swapping_sides_swaps_values_and_inverts_ratios(a, b):
    forth, back = config_changes(a, b), config_changes(b, a)
    assert [c.path for c in forth] == [c.path for c in back]
    for f, r in zip(forth, back, strict=True):
        assert (f.candidate, f.baseline) == (r.baseline, r.candidate)
        if f.ratio is not None and r.ratio is not None:
            assert f.ratio * r.ratio == pytest.approx(1)


def test_changes_name_kind_and_ratio():
    old = {"ttc.candidates": 8, "lr": 1e-3, "name": "x"}
    new = {"ttc.candidates": 16, "lr": 1e-3, "training.lambda_rollout": 0.1}
    found = {c.path: (c.kind, c.ratio) for c in config_changes(new, old)}
    assert found["ttc.candidates"] == ("changed", 2.0)
    assert found["training.lambda_rollout"] == ("only candidate", None)
    assert "lr" not in found


@pytest.mark.parametrize(("new", "old"), [(-23756, -1.3e-304), (10**400, 2), (2, 10**400), (1, 0), (1e-300, 1e300)])
def test_a_ratio_that_no_float_holds_is_none(new, old):
    (change,) = config_changes({"x": new}, {"x": old})
    assert change.ratio is None


def test_true_is_not_one():
    assert config_changes({"a": True}, {"a": 1})


def test_a_groups_config_is_what_its_runs_share_without_bookkeeping():
    shared = shared_config([{"seed": 1, "lr": 0.1, "name": "a"}, {"seed": 2, "lr": 0.1, "name": "b"}])
    assert shared == {"lr": 0.1}


@pytest.mark.parametrize(("path", "secret"), [("wandb_api_key", "abc"), ("db.password", "x1"), ("x", "hf_" + "a" * 30)])
def test_secrets_are_not_shown(path, secret):
    assert secret not in str(shared_config([{path: secret}]))
    assert secret not in str(shared_config([{path: [secret]}]))


def test_an_optimizers_name_is_a_setting_and_a_runs_name_is_not():
    config = {"name": "a", "stages": {"operator": {"optimizer": {"name": "adamw"}}}}
    assert shared_config([config]) == {"stages.operator.optimizer.name": "adamw"}
