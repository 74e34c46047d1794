"""What a new user mistypes: each message says what was meant."""

from pathlib import Path

import pytest
from commands import call

from runcompare import Recorder
from runcompare.cli.commands import COMMANDS, OTHER_WORDS


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in (("new", 0.5), ("old", 0.6)):
        with Recorder(tmp_path / "done" / f"{name}-0", name=name, group=name, config={"lr": value}) as log:
            log.log({"val/loss": value})


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("reprot new old", 2, "Did you mean 'report'?"),
        ("compare new old", 2, "Did you mean 'report'?"),
        ("ls", 2, "Did you mean 'runs'?"),
        ("new old", 2, "runcompare report new old"),
        ("report new", 2, "runcompare report new BASELINE"),
        ("report new odl", 3, "Did you mean 'old'?"),
        ("report new old --baslin x", 2, "Did you mean '--baseline'?"),
        ("report new old --metric val/los", 2, "Did you mean 'val/loss'?"),
        ("report new old third", 2, "--baseline third"),
        ("report done/new-0 done/odl-0", 3, "Did you mean 'done/old-0'?"),
        ("report new old -o report.docx", 2, "report.md"),
        ("report new@best old", 3, "Write new@best:METRIC."),
        ("report new@lastest old", 3, "Did you mean '@latest'?"),
        ("report new@step old", 3, "Write new@step=N."),
        ("cost new --metric speed", 2, "They have: "),
        ("explain overfiting", 2, "Did you mean 'overfitting'?"),
        ("gate new old --fail-on wrose", 2, "Did you mean 'worse'?"),
        ("check nwe", 3, "Did you mean 'new'?"),
    ],
)
def test_the_message_says_what_was_meant(
    two: None, typed: str, code: int, says: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    found, _, told = call(capsysbinary, *typed.split())
    assert found == code
    assert says in " ".join(told.split())


def test_words_of_other_tools_lead_to_commands() -> None:
    assert {*OTHER_WORDS.values()} <= {*COMMANDS}
    assert not {*OTHER_WORDS} & {*COMMANDS}
