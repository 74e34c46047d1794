"""The grammar of references: every written form is among its readings, and nothing typed breaks it."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runcompare.errors import UsageError
from runcompare.references.grammar import KINDS, Narrowing, Reading, readings, step_number

PLAIN = st.text("abcxyz0189_-./ üλ", min_size=1).map(str.strip).filter(bool)
LABELS = st.text("abcxyz019_- λ", min_size=1).map(str.strip).filter(bool)
SELECTIONS = st.one_of(PLAIN, st.builds("{}:{}".format, st.sampled_from(KINDS), PLAIN))
NARROWINGS = st.one_of(
    st.just(Narrowing("latest")),
    st.builds(Narrowing, st.just("best"), PLAIN),
    st.builds(Narrowing, st.just("stage"), PLAIN),
    st.builds(Narrowing, st.just("step"), st.integers(-10, 10**12).map(str)),
)
ANYTHING = st.one_of(st.text(), st.text("@=:abest plh1/.*[]\0\n", max_size=60))


@given(SELECTIONS, st.lists(NARROWINGS, max_size=4).map(tuple), st.none() | LABELS)
def test_what_is_written_is_the_last_reading(selection, narrowings, label) -> None:
    written = Reading(selection, narrowings, label)
    assert readings(str(written))[-1] == written


@given(st.lists(NARROWINGS, min_size=1, max_size=3).map(tuple), st.none() | LABELS)
def test_all_runs_may_be_meant(narrowings, label) -> None:
    assert readings(str(Reading("", narrowings, label)))[-1] == Reading("", narrowings, label)


@given(ANYTHING)
@example("a@latest@latest@latest")
@example("@step=@stage=@best:@latest")
@example("====")
def test_any_text_is_read_literally_first(text: str) -> None:
    found = readings(text)
    assert bool(found) == bool(text.strip())
    if found:
        assert found[0] == Reading(text.strip())
    for reading in found:
        assert reading.selection or reading.narrowings
        assert reading.selection == reading.selection.strip()
        # nothing that was typed is lost but space
        assert "".join(str(reading).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mine=hjnqclgk@step=100", Reading("hjnqclgk", (Narrowing("step", "100"),), "mine")),
        ("hjnqclgk@step=100", Reading("hjnqclgk", (Narrowing("step", "100"),))),
        ("@best:recall@10", Reading("", (Narrowing("best", "recall@10"),))),
        ("x@best:recall@10@latest", Reading("x", (Narrowing("best", "recall@10"), Narrowing("latest")))),
        ("x@stage=a/b@c", Reading("x", (Narrowing("stage", "a/b@c"),))),
        ("config:lr=0.1@latest", Reading("config:lr=0.1", (Narrowing("latest"),))),
        ("config:mail=a@b", Reading("config:mail=a@b")),
        ("m=config:lr=0.1", Reading("config:lr=0.1", (), "m")),
        ("https://u@host/p/?q=1@step=5", Reading("https://u@host/p/?q=1", (Narrowing("step", "5"),))),
        ("m = x @latest", Reading("x", (Narrowing("latest"),), "m")),
        ("x@stp=1", Reading("x@stp=1")),
        ("x@latest:y", Reading("x@latest:y")),
    ],
)
def test_readings_with_everything_taken_off(text: str, expected: Reading) -> None:
    assert readings(text)[-1] == expected


@pytest.mark.parametrize(("text", "number"), [("0", 0), (" 12 ", 12), ("-3", -3), ("1e4", 10_000), ("2.5", 2.5)])
def test_steps(text: str, number: float) -> None:
    assert step_number(text) == number


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-inf", "1e999", "1,5", "0x10"])
def test_no_steps(text: str) -> None:
    with pytest.raises(UsageError, match="number of steps"):
        step_number(text)


@given(st.text())
def test_a_step_is_a_finite_number_or_our_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert abs(step_number(text)) < float("inf")
