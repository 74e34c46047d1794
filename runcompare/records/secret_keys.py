"""Does the name of a setting say that its value is a secret?

A name is taken apart into words (`wandbApiKey`, `WANDB_API_KEY` and `wandb-api-key` are the same three) and judged by
its last ones: `hf_token` and `client_secret` name secrets, `pad_token`, `secret_santa_dataset` and `sort_key` do not.
Between the two are names such as `access_key`, which name a secret only if the value looks random.
"""

import re
from enum import IntEnum
from functools import lru_cache

__all__ = ["Secrecy", "is_scrambled", "looks_random", "names_a_login", "secrecy"]


class Secrecy(IntEnum):
    """How much a name says about its value."""

    NONE = 0
    IF_RANDOM = 1  # a secret if the value looks random
    SECRET = 2


_SEGMENT = re.compile(r"[./\\\[\]]|::")
_WORD = re.compile(r"[Bb]64|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*_TOKEN")  # of the environment
_LONGEST = 200  # characters of a name that are looked at
_OF_TEXTS = re.compile(r"tokenizer|tokens|vocab|prompt|special")  # above a `token` that is one of a text
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_MOST_IN_PIECE = 2.6  # signs of one kind in a row, on average: words have 5, letters and digits at random 2
_DIFFERENT = 11  # signs: formulas of molecules, such as CCN1CCCC1CNc2ccc3ncccc3c2OCC, have few
_RUN = re.compile(r"[A-Za-z0-9+=~]{16,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PROVIDERS = _listed("""
    ai21 airtable alibaba anthropic anyscale assemblyai atlassian aws azure bitbucket cerebras circleci clearml
    cloudflare cohere comet databricks datadog deepgram deepseek digitalocean discord docker dropbox elevenlabs
    fireworks gcp gemini gh ghcr github gitlab google grafana groq heroku hf hub huggingface jina kaggle
    langchain langfuse langsmith linear mailgun mistral mlflow modal neptune ngc notion npm nvidia openai
    openrouter perplexity pinecone pypi qdrant replicate runpod sendgrid sentry serpapi shopify slack snowflake
    stripe supabase tavily telegram together twilio vault vertex voyage wandb xai zenml
""")
_ALWAYS = frozenset(
    (
        *("password", "passwd", "passphrase", "secret", "credential", "cred", "apikey", "authorization", "bearer"),
        *("passwort", "kennwort", "contrasena", "senha"),
    )
)
# words written as one: apikey, pgpassword, authtoken
_ENDINGS = (
    *("apikey", "secretkey", "privatekey", "password", "passwd", "passphrase", "clientsecret", "appsecret"),
    *("apisecret", "apitoken", "authtoken", "accesstoken", "refreshtoken", "sessiontoken", "bottoken"),
)
_TOKEN_OF = _listed("""
    access api app auth bearer bot client csrf deploy id jwt oauth oauth2 personal pat private refresh registry
    sas secret security service session tracking user webhook
""")
_TOKEN_OF_TEXT = _listed("""
    additional audio begin blank bos class cls control decoder diffusion end eos eot extra fim first image last
    latent mask max memory middle min new next num pad patch per prefix query register sep special start stop
    suffix target text unk video vision visual
""")
_KEY_OF = _listed("""
    account admin api app auth consumer decryption deploy encryption gpg hmac jwt license master pgp private
    root secret service signing ssh subscription webhook
""")
_KEY_OF_DATA = _listed("""
    batch cache column config data dataset dict feature foreign group hash idempotency image index input join
    jax label map metric model monitor object output partition primary prng public query random rng row seed
    sort state step target text time unique
""")
_PASS_OF = _listed("""
    admin database db email ftp imap ldap login mail mongo mysql pg postgres proxy redis root smtp ssh sudo user
""")
_MAYBE = frozenset(("auth", "cookie", "dsn", "jwt", "login", "pat", "pass", "pwd", "pw", "sig", "signature"))
_HASHES = _listed("""
    artifact checksum commit digest file fingerprint folder hash id md5 name path ref rev revision run sha sha1
    sha256 uri url version
""")
_QUALIFIERS = _listed("""
    b64 backup base64 dev live new old plain prod production raw staging string value
""")


def secrecy(name: str) -> Secrecy:
    """What a setting's name, or its whole path (`tracker.wandb.api_key`), says about the value.

    What lies below `secrets`, `credentials` or `api_keys` is a secret too.
    """
    *above, last = _SEGMENT.split(name[-_LONGEST:])
    if _VARIABLE.fullmatch(last) and _of_part(last) == Secrecy.IF_RANDOM:
        return Secrecy.SECRET
    if any(_of_part(part) == Secrecy.SECRET and part != "token" for part in above):
        return Secrecy.SECRET
    if last == "token" and any(_OF_TEXTS.search(part) for part in above):
        return Secrecy.IF_RANDOM
    return max(_of_part(last), _below(above[-1], last) if above else Secrecy.NONE)


def names_a_login(name: str) -> bool:
    """Whether a user and a password may stand under this name, in one text or as a pair: `http_auth`."""
    words = _words(_SEGMENT.split(name[-_LONGEST:])[-1])
    return bool(words) and words[-1] == "auth"


def _below(owner: str, last: str) -> Secrecy:
    """A `pass` or a `key` is what the section above it says: `smtp.pass`, `openai.key`."""
    if last not in ("pass", "pwd", "pw", "key"):
        return Secrecy.NONE
    words = _words(owner)
    if last != "key":
        return _of_words([*words, last])
    is_of_one = bool(words) and (words[-1] in _KEY_OF or words[-1] in _PROVIDERS or words[-1] == "login")
    return Secrecy.IF_RANDOM if is_of_one else Secrecy.NONE


def looks_random(text: str) -> bool:
    """A long run of letters and digits mixed, as keys and hashes have and words do not; or a UUID."""
    return any(map(_is_mixed, _RUN.findall(text))) or _UUID.search(text) is not None


def _is_mixed(run: str) -> bool:
    digits = sum(c.isdigit() for c in run)
    return (digits >= 2 and digits < sum(c.isalnum() for c in run)) or is_scrambled(run)


def is_scrambled(run: str) -> bool:
    """Capitals, small letters and digits whose kinds change at nearly every sign, as they do in no `CamelCase2Name`."""
    pieces = _PIECE.findall(run)
    kinds = {"A" if piece[-1].isupper() else "a" if piece[-1].isalpha() else "1" for piece in pieces}
    return len(kinds) == 3 and len(set(run)) >= _DIFFERENT and len(run) <= _MOST_IN_PIECE * len(pieces)


@lru_cache(maxsize=16_384)
def _of_part(name: str) -> Secrecy:
    return _of_words(_words(name))


def _words(name: str) -> list[str]:
    found = [word.lower() for word in _WORD.findall(name)]
    while len(found) > 1 and (found[-1].isdigit() or found[-1] in _QUALIFIERS or found[-1] in _PROVIDERS):
        found.pop()
    return found


def _of_words(words: list[str]) -> Secrecy:
    if words and words[-1] in ("url", "uri") and "webhook" in words:  # whoever has it may post
        return Secrecy.IF_RANDOM
    if not words or words[-1] in _HASHES:
        return Secrecy.NONE
    if words[-2:] == ["key", "data"] and "client" in words:  # kubectl's
        return Secrecy.SECRET
    last, before = words[-1].removesuffix("s"), words[-2] if len(words) > 1 else ""
    if words[-1] in ("pass", "tokens") and not before:
        return Secrecy.IF_RANDOM
    if last in _ALWAYS or words[-1].endswith(_ENDINGS) or last.endswith(_ENDINGS) or _is_compact(last):
        return Secrecy.SECRET
    if last == "token":
        return _token(before)
    if last == "key":
        return Secrecy.SECRET if "secret" in words else _key(before)
    if words[-1] in ("pass", "pwd", "pw") and before in _PASS_OF:
        return Secrecy.SECRET
    return Secrecy.IF_RANDOM if words[-1] in (*_MAYBE, "wandb") else Secrecy.NONE


def _is_compact(word: str) -> bool:
    """`hftoken`, `openaikey`."""
    return any(word.endswith(end) and word.removesuffix(end) in _PROVIDERS for end in ("token", "key", "secret"))


def _token(owner: str) -> Secrecy:
    if not owner or owner in _TOKEN_OF or owner in _PROVIDERS:
        return Secrecy.SECRET
    return Secrecy.NONE if owner in _TOKEN_OF_TEXT else Secrecy.IF_RANDOM


def _key(owner: str) -> Secrecy:
    if owner == "replicate":  # a provider, and what `--replicate-key fold` names
        return Secrecy.IF_RANDOM
    if owner in _KEY_OF or owner in _PROVIDERS:
        return Secrecy.SECRET
    return Secrecy.NONE if not owner or owner in _KEY_OF_DATA else Secrecy.IF_RANDOM
