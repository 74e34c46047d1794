"""Which server is asked, for how long, and what its answer is worth."""

import json
from pathlib import Path

import pytest

from runcompare.errors import NetworkFailed, UsageError
from runcompare.sources.wandb.cloud import client
from runcompare.sources.wandb.cloud.client import DEADLINE_S, Answer, base_url, deadline_s
from runcompare.sources.wandb.cloud.probe import CLOUD


def test_the_server_is_the_users_choice(monkeypatch):
    monkeypatch.delenv("WANDB_BASE_URL", raising=False)
    assert base_url() == CLOUD
    monkeypatch.setenv("WANDB_BASE_URL", "http://host:8080/prefix/")
    assert base_url() == "http://host:8080/prefix"


@pytest.mark.parametrize(
    "url", ["host", "ftp://host", "https://u:hunter2@host", "https://h:0", "https://h:x", "http://a b"]
)
def test_what_is_no_servers_address(monkeypatch, url):
    monkeypatch.setenv("WANDB_BASE_URL", url)
    with pytest.raises(UsageError, match="no server's address") as caught:
        base_url()
    assert "hunter2" not in str(caught.value)


def test_deadlines(monkeypatch):
    monkeypatch.delenv("RUNCOMPARE_WANDB_DEADLINE", raising=False)
    assert deadline_s() == DEADLINE_S
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", "2.5")
    assert deadline_s() == 2.5


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf", ""])
def test_what_is_no_deadline(monkeypatch, text):
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", text)
    with pytest.raises(UsageError, match="number of seconds"):
        deadline_s()


def test_an_answer_that_is_not_whole_raises_its_failure():
    assert Answer(Path("x"), None).whole() == Path("x")
    with pytest.raises(NetworkFailed):
        Answer(Path("x"), NetworkFailed("gone")).whole()


@pytest.mark.parametrize("status", ["", "no such run: not found, "])
def test_a_server_that_says_our_key_again_is_not_quoted_with_it(tmp_path, monkeypatch, status):
    key = "local key of no known form"
    (tmp_path / "done.json").write_text(json.dumps({"error": {"kind": "CommError", "text": f"{status}bad key {key}"}}))
    monkeypatch.setattr(client, "asked_why", lambda *_: None)
    failure = client._failure(tmp_path, key, 0.0, {})
    assert key not in failure.message
    assert "bad key ***" in failure.message
