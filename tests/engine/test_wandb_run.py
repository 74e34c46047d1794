import sys

import pytest

from runcompare.engine.wandb_run import start_wandb, wandb_mode

IDENTITY = {"id": "x1", "name": "x", "group": "x"}


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A user who has never logged in anywhere."""
    for name in ("WANDB_MODE", "WANDB_API_KEY", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    return tmp_path / "netrc"


def test_without_a_login_runs_are_offline(nobody):
    assert wandb_mode() == "offline"


def test_a_login_in_netrc_or_in_the_environment_means_online(nobody, monkeypatch):
    nobody.write_text("machine api.wandb.ai login user password secret\n")
    assert wandb_mode() == "online"
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org")
    assert wandb_mode() == "offline"
    monkeypatch.setenv("WANDB_API_KEY", "k")
    assert wandb_mode() == "online"


@pytest.mark.parametrize(
    ("asked", "is_taken"), [("offline", "offline"), ("dryrun", "offline"), ("disabled", "disabled")]
)
def test_the_users_mode_comes_before_a_login(nobody, monkeypatch, asked, is_taken):
    monkeypatch.setenv("WANDB_API_KEY", "k")
    monkeypatch.setenv("WANDB_MODE", asked)
    assert wandb_mode() == is_taken


def test_online_without_a_login_is_offline_with_a_note(nobody, monkeypatch, capsys):
    monkeypatch.setenv("WANDB_MODE", "online")
    assert wandb_mode() == "offline"
    assert "no login" in capsys.readouterr().err


def test_a_missing_client_is_a_note_and_not_an_error(nobody, monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "wandb", None)
    assert start_wandb(tmp_path, IDENTITY, {}) is None
    assert "wandb is not installed" in capsys.readouterr().err


def test_a_server_that_fails_leaves_an_offline_run(nobody, monkeypatch, tmp_path, capsys):
    import wandb

    def init(**how):
        if how["mode"] == "online":
            raise wandb.errors.CommError("no route")
        return how["mode"]

    monkeypatch.setattr(wandb, "init", init)
    monkeypatch.setenv("WANDB_API_KEY", "k")
    assert start_wandb(tmp_path, IDENTITY, {}) == "offline"
    assert "W&B online can't start: no route" in capsys.readouterr().err


def test_disabled_means_no_run(nobody, monkeypatch, tmp_path):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert start_wandb(tmp_path, IDENTITY, {}) is None
