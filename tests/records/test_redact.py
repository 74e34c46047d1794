"""Secrets go, everything else stays."""

import json
import time

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from planted_secrets import BY_FORM, BY_KEY, HARMLESS, IN_TEXT, PEM

import runcompare
from runcompare.records.redact import MARK, may_hold_secrets, redact, redacted


def test_all_that_is_planted_goes_and_nothing_else():
    """The figures of docs/reliability.md; which one it is tell the tests below."""
    planted = [({"x": text}, text) for text in BY_FORM.values()]
    planted += [({"x": text}, secret) for text, secret in IN_TEXT.values()] + [({k: s}, s) for k, s in BY_KEY]
    shown = sum(secret in json.dumps(list(redact(value).values())) for value, secret in planted)
    false = sum(redact({key: value}) != {key: value} for key, value in HARMLESS)
    print(f"secrets: {len(planted)} planted, {shown} shown; {len(HARMLESS)} that look like some, {false} taken out")
    assert len(planted) >= 164
    assert len(HARMLESS) >= 62
    assert (shown, false) == (0, 0)


@pytest.mark.parametrize("kind", BY_FORM)
def test_the_secrets_of_providers_go_whatever_their_key(kind):
    secret = BY_FORM[kind]
    assert redact(secret, "x") == MARK
    assert redact(f"see '{secret}', thanks") == f"see '{MARK}', thanks"
    assert redact({"args": ["--x", f"--y={secret}"]}) == {"args": ["--x", f"--y={MARK}"]}


@pytest.mark.parametrize("kind", IN_TEXT)
def test_secrets_within_texts_go_and_the_rest_stays(kind):
    text, secret = IN_TEXT[kind]
    found = redact(text)
    assert secret in text
    assert secret not in found
    assert MARK in found
    assert len(found) > len(MARK) or kind == "pem cut"


@pytest.mark.parametrize(("key", "secret"), BY_KEY)
def test_the_values_of_telling_keys_go(key, secret):
    assert redact(secret, key) == MARK
    assert redact({"deep": {key: [secret]}}) == {"deep": {key: [MARK]}}


@pytest.mark.parametrize(("key", "value"), HARMLESS)
def test_what_is_no_secret_stays(key, value):
    found = redacted({key: value})
    assert found.value == {key: value}
    assert found.count == 0


def test_what_is_unchanged_is_the_same_object():
    config = {"a": [1, ("x", "y")], "b": {"c": float("nan")}}
    assert redacted(config).value is config


def test_twice_is_once():
    texts = [*BY_FORM.values(), *(text for text, _ in IN_TEXT.values())]
    everything = {"all": texts, "one": " ".join(texts), **dict(BY_KEY)}
    once = redacted(everything)
    assert once.count >= 100
    again = redacted(once.value)
    assert (again.value, again.count) == (once.value, 0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--api-key=abc", "--lr=1"], [f"--api-key={MARK}", "--lr=1"]),
        (["--api-key", "abc", "--lr", "1"], ["--api-key", MARK, "--lr", "1"]),
        (("WANDB_API_KEY=abc", "x"), (f"WANDB_API_KEY={MARK}", "x")),
        (["-H", "Authorization:", "Bearer", "a1b2c3d4e5f6"], ["-H", "Authorization:", "Bearer", MARK]),
        (["sshpass", "-p", "hunter2", "ssh", "x"], ["sshpass", "-p", MARK, "ssh", "x"]),
        (["password", "=", "hunter2"], ["password", "=", MARK]),
        (["--password", "correct horse", "x y"], ["--password", MARK, "x y"]),
        (["https://user:pass@host/x"], [f"https://{MARK}@host/x"]),
    ],
)
def test_arguments(given, expected):
    assert redact(given) == expected


@pytest.mark.parametrize("text", ["--token=<pad>", "token: ${HF_TOKEN}", "password=***", "(api_key=$KEY)"])
def test_what_stands_for_a_secret_is_none(text):
    assert redact(text) == text


def test_a_user_and_what_stands_beside_it():
    key = "0a" * 16
    assert redact({"k": {"username": "me", "key": key}}) == {"k": {"username": "me", "key": MARK}}
    assert redact({"k": {"user": "me", "pass": "short"}}) == {"k": {"user": "me", "pass": MARK}}
    assert redact({"k": {"key": key, "user": "me", "lr": 1}}) == {"k": {"key": MARK, "user": "me", "lr": 1}}
    assert redact({"k": {"cat": "me", "key": key}}) == {"k": {"cat": "me", "key": key}}
    assert redact({"http_auth": ("me", "hunter2")}) == {"http_auth": ("me", MARK)}


def test_pairs_of_name_and_value():
    given = {"env": [{"name": "HF_TOKEN", "value": "abc"}, {"name": "HF_HOME", "value": "/x"}]}
    assert redact(given) == {"env": [{"name": "HF_TOKEN", "value": MARK}, {"name": "HF_HOME", "value": "/x"}]}


def test_keys_are_texts_too():
    assert redact({BY_FORM["anthropic"]: 1}) == {MARK: 1}


def test_secrets_can_be_shown_for_a_while():
    config = {"api_key": "short", "note": BY_FORM["github"]}
    with runcompare.secrets_shown():
        assert redact(config) is config
    assert redact(config) == {"api_key": MARK, "note": MARK}


def test_what_holds_itself_or_is_deep_ends():
    config: dict[str, object] = {}
    config["again"] = config
    assert "nested too deeply" in json.dumps(redact(config))


@pytest.mark.parametrize("part", ["a", "a b ", "token=", "://", "://a:", "eyJaaaaaaaa.", "--key ", 'token="', PEM[:32]])
def test_a_long_text_takes_linear_time(part):
    def seconds(length):
        text = part * (length // len(part))
        begin = time.process_time()
        redact(text)
        return time.process_time() - begin

    assert min(seconds(1_000_000) for _ in range(3)) < max(3.0, 30 * seconds(100_000))


PIECES = [
    *("token", "api_key", "--api-key", "Authorization", "Bearer ", "Basic ", "curl ", "-u ", "a:b@", "@host", PEM[:32]),
    *(
        "=",
        ": ",
        "'",
        '"',
        "\\",
        " ",
        "://",
        "/",
        "?",
        "&",
        "x",
        "12",
        "(",
        ")",
        "}",
        ",",
        ";",
        "\n",
        "<pad>",
        "${A}",
        MARK,
    ),
    *BY_FORM.values(),
]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
@example("token==)")  # what stands behind a sign is itself one
def test_texts_of_any_pieces(text):
    once = redacted(text)
    again = redacted(once.value)
    assert (again.value, again.count) == (once.value, 0)
    assert bool(once.count) == (once.value != text)
    assert not once.count or may_hold_secrets(pl.Series([text])).all()


def test_the_quick_look_at_many_texts_misses_none():
    secrets = [*BY_FORM.values(), *(text for text, _ in IN_TEXT.values())]
    changed = [text for text in secrets if redact(text) != text]
    assert len(changed) == len(secrets)
    assert may_hold_secrets(pl.Series(secrets)).all()
    plain = pl.Series(["epoch 3 loss 0.5 saved to /runs/x/ckpt-3.pt", "train", None])
    assert may_hold_secrets(plain).to_list() == [False, False, None]


TOUCHED = (
    *(
        "aws id",
        "google",
        "github",
        "github fine",
        "gitlab",
        "hugging face",
        "openai project",
        "anthropic",
        "openrouter",
    ),
    *("stripe", "groq", "perplexity", "nvidia", "pinecone", "wandb new", "jwt", "slack bot", "npm", "docker", "pypi"),
    *("databricks", "shopify", "notion", "vault", "grafana", "atlassian", "figma", "alibaba", "age", "heroku"),
)


@pytest.mark.parametrize("kind", TOUCHED)
def test_a_secret_goes_where_a_name_touches_it(kind):
    for name in ("group{}", "EPYC{}", "runs{}/a/config.yaml", "grp7{}-seed1"):
        assert BY_FORM[kind] not in redact(name.format(BY_FORM[kind]))


@pytest.mark.parametrize(
    "name",
    [
        "task-{}",
        "mask_{}",
        "disk-{}",
        "monkey-{}",
        "TASK{}",
        "nonlocal-{}",
        "desk_{}",
        "run_hf_model_{}",
        "lr8_{}",
        "swap-{}",
    ],
)
def test_a_hash_behind_a_word_stays(name):
    word = name.format("0e3f7c19b2a84d5566f0a1b2c3d4e5f60718293a")
    assert redact(word) == word
