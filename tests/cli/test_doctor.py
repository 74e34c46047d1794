"""`runcompare doctor` tells what is amiss, what to do, and by its exit code whether anything is broken."""

import json
from pathlib import Path

import pytest
from commands import call

from runcompare import Recorder
from runcompare.cli import doctor


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_config_dir", lambda app: str(tmp_path / "user"))
    for name in ("WANDB_API_KEY", "WANDB_BASE_URL", "RUNCOMPARE_RUNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("RUNCOMPARE_STORE", ".runcompare")
    with Recorder(tmp_path / "work" / "runs" / "one", id="one00001") as log:
        log.log({"loss": 0.5})
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def checks(capsysbinary: pytest.CaptureFixture[bytes], *args: str) -> tuple[int, dict[str, dict[str, str]]]:
    code, out, _ = call(capsysbinary, "doctor", "--json", *args)
    return code, {one["name"]: one for one in json.loads(out)}


def test_all_is_well(work: Path, capsysbinary) -> None:
    code, found = checks(capsysbinary)
    assert code == 0
    assert found["runs"]["text"] == "1 run: 1 of recorder"
    assert "Python 3" in found["runcompare"]["text"]
    assert found["settings"]["next"] == "Write some: runcompare init"
    assert found["prices"]["text"].startswith("the book's newest price is of 20")
    code, out, _ = call(capsysbinary, "doctor")
    assert code == 0
    assert all(one["text"] in out.decode() for one in found.values())


def test_a_missing_extra_has_its_install_line_and_breaks_nothing(work: Path, capsysbinary, monkeypatch) -> None:
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: "" if name == "duckdb" else real(name))
    code, found = checks(capsysbinary)
    assert code == 0
    assert found["[sql]"]["state"] == "missing"
    assert "pip install 'runcompare[sql]'" in found["[sql]"]["next"]
    assert "pip install -e '.[sql]'" in found["[sql]"]["next"]


def test_a_bad_run_is_named(work: Path, capsysbinary) -> None:
    log = work / "wandb" / "offline-run-20260101_000000-bad00001" / "run-bad00001.wandb"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"no log")
    code, out, _ = call(capsysbinary, "doctor")
    assert "bad00001" in out.decode()
    assert code in (0, 3)


def test_a_run_that_cannot_be_opened_makes_it_3(work: Path, capsysbinary, monkeypatch) -> None:
    from runcompare.errors import UnreadableRun

    def refuse(info: object) -> None:
        raise UnreadableRun("It is torn.")

    monkeypatch.setattr("runcompare.sources.read_run", refuse)
    code, found = checks(capsysbinary)
    assert code == 3
    assert found["bad run"]["text"] == "one00001: It is torn."


def test_wrong_settings_make_it_2_and_the_rest_is_still_told(work: Path, capsysbinary) -> None:
    (work / "runcompare.toml").write_text("metrc = 1\n")
    code, out, err = call(capsysbinary, "doctor", "--json")
    found = {one["name"]: one for one in json.loads(out)}
    assert (code, err) == (2, "")
    assert "Unknown setting 'metrc'" in found["settings"]["text"]
    assert found["runs"]["state"] == "ok"


@pytest.mark.parametrize("where", ["environment", "netrc"])
def test_a_login_is_told_and_its_key_is_not(work: Path, capsysbinary, monkeypatch, where: str) -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    if where == "environment":
        monkeypatch.setenv("WANDB_API_KEY", key)
    else:
        (work.parent / "netrc").write_text(f"machine api.wandb.ai login user password {key}\n")
    for args in ((), ("--json",)):
        code, out, err = call(capsysbinary, "doctor", *args)
        assert code == 0
        assert "there is a key for api.wandb.ai" in out.decode()
        assert key[:8] not in out.decode() + err


def test_a_damaged_store_is_told(work: Path, capsysbinary) -> None:
    assert call(capsysbinary, "pull")[0] == 0
    code, found = checks(capsysbinary)
    assert (code, found["store"]["state"]) == (0, "ok")
    kept = max((work / ".runcompare" / "runs").rglob("*.parquet"))
    kept.write_bytes(b"x" + kept.read_bytes()[1:])
    call(capsysbinary, "verify")
    code, found = checks(capsysbinary)
    assert (code, found["store"]["state"]) == (3, "bad")
    assert found["store"]["next"] == "Read them again: runcompare pull"
