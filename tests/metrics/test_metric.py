import pytest

from runcompare.metrics.metric import describe


@pytest.mark.parametrize(
    ("key", "higher"),
    [
        ("eval/nrmse", False),
        ("val/accuracy", True),
        ("test_f1", True),
        ("train/loss", False),
        ("eval/reward", True),
        ("map@50", True),
        ("eval/mape", False),
        ("accelerator_error", False),
    ],
)
def test_direction_follows_the_name(key, higher):
    assert describe(key).higher_is_better is higher


def test_the_users_direction_wins():
    assert describe("eval/nrmse", "max").higher_is_better
