"""Secrets go, everything else stays."""

import pytest

from runcompare.records.redact import MARK, without_secrets


@pytest.mark.parametrize(
    "key", ["api_key", "apikey", "API-KEY", "wandb_api_key", "secret", "client_secret", "password", "hf_token", "token"]
)
def test_secret_keys(key: str) -> None:
    assert without_secrets({"a": {key: "value"}}) == {"a": {key: MARK}}


@pytest.mark.parametrize(
    "config",
    [
        {"max_tokens": 12, "pad_token": "<pad>", "tokenizer": "bpe", "n_keys": 3, "key_dim": 4, "secretary": "x"},
        {"commit": "0123456789abcdef0123456789abcdef01234567", "url": "https://example.org/a@b", "api_key": None},
        {"args": ["--lr", "0.1", "--name=x=y", "token", "-v"], "password": 7},
    ],
)
def test_what_is_no_secret_stays(config: dict[str, object]) -> None:
    assert without_secrets(config) == config


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--api-key=abc", "--lr=1"], [f"--api-key={MARK}", "--lr=1"]),
        (["--api-key", "abc", "--lr", "1"], ["--api-key", MARK, "--lr", "1"]),
        (["WANDB_API_KEY=abc"], [f"WANDB_API_KEY={MARK}"]),
        (["hf_abcdefghijklmnopqrstuvwxyz"], [MARK]),
        (["https://user:pass@host/x"], [f"https://{MARK}@host/x"]),
    ],
)
def test_arguments(given: list[str], expected: list[str]) -> None:
    assert without_secrets(given) == expected
