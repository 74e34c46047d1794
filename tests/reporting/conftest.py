import pytest
from comparisons import HOSTILE, make_comparison, make_hostile, make_single

from runcompare.comparison.comparison import Comparison


@pytest.fixture
def full() -> Comparison:
    return make_comparison()


@pytest.fixture
def single() -> Comparison:
    return make_single()


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def word(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hostile(word: str) -> Comparison:
    return make_hostile(word)
