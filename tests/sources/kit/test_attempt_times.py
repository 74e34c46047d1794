"""When attempts ran, by what the run logged."""

import numpy as np
import pytest

from runcompare.records.run import Attempt, time_of_attempts
from runcompare.sources.kit import attempt_times
from runcompare.sources.kit.attempt_times import Signs, attempts_by_clock, attempts_by_signs

NIGHT = 72_000.0
RESUMED = [60.0 * i + (NIGHT if i > 10 else 0.0) for i in range(1, 21)]


def test_a_night_between_rows_is_no_run_time() -> None:
    found = attempts_by_signs(0.0, RESUMED[-1], RESUMED)
    assert time_of_attempts(found.attempts) == 1200.0
    assert found.attempts[1].started_at == NIGHT + 600.0
    assert "20.0 h" in found.warnings[0]


def test_a_night_after_the_last_row_is_none_either() -> None:
    found = attempts_by_signs(0.0, NIGHT, [60.0 * i for i in range(1, 11)])
    assert found.attempts == (Attempt(0.0, 600.0),)


@pytest.mark.parametrize(
    ("end", "signs", "ended"),
    [(None, [], None), (100.0, [], 100.0), (None, [5.0, 3.0], 5.0), (7.0, [5.0, 9.0], 7.0), (3000.0, [5.0], 3000.0)],
)
def test_without_a_pause_there_is_one_attempt(end, signs, ended) -> None:
    assert attempts_by_signs(1.0, end, signs) == ((Attempt(1.0, ended),), ())


def test_a_clock_that_stands_still_shows_the_pause() -> None:
    clock = [60.0 * i for i in range(1, 21)]
    found = attempts_by_clock(RESUMED, clock, runtime=1230.0)
    assert found == (Attempt(0.0, 600.0), Attempt(NIGHT + 600.0, NIGHT + 1230.0))


def test_a_clock_that_begins_anew_shows_the_attempt() -> None:
    found = attempts_by_clock([10.0, 20.0, 1010.0, 1020.0], [10.0, 20.0, 10.0, 20.0], runtime=20.0)
    assert found == (Attempt(0.0, 20.0), Attempt(1000.0, 1020.0))
    assert attempts_by_clock([], [], runtime=5.0) == ()


def test_signs_that_come_in_pieces_give_the_same_attempts() -> None:
    draw = np.random.default_rng(5)
    for _ in range(200):
        gaps = draw.choice([0.1, 0.25, 3.0], 300) + draw.integers(0, 3, 300)
        gaps[draw.integers(0, 300, 3)] = draw.choice([4000.0, 20_000.0, 90_000.0], 3)
        times, others = 1e9 + np.cumsum(gaps), 1e9 + np.sort(draw.random(20)) * 2000
        end = None if draw.random() < 0.3 else float(times[-1] + draw.choice([-50, 10, 1e5]))
        signs = Signs(1e9, end, beside=others)
        for part in np.array_split(times, 7):
            signs.add(part)
        assert not signs.falls
        assert signs.attempts() == attempts_by_signs(1e9, end, [*times, *others])


def test_of_a_fine_clock_the_usual_gap_is_known_to_three_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    times = 1e9 + np.cumsum(np.random.default_rng(1).random(5000) * 60)
    times[4000:] += 1e5
    exact = attempts_by_signs(1e9, None, times).attempts
    monkeypatch.setattr(attempt_times, "_MOST_GAPS", 100)
    rounded = attempts_by_signs(1e9, None, times).attempts
    assert len(exact) == len(rounded) == 2
    assert rounded[1].started_at == pytest.approx(exact[1].started_at, rel=0, abs=0.1)


def test_signs_that_fall_back_are_told() -> None:
    signs = Signs(0.0, None)
    signs.add(np.array([1.0, 5.0]))
    signs.add(np.array([3.0, 9.0]))
    assert signs.falls
