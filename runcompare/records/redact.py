"""The one redactor: takes secrets out of what a run holds, before anything of it is kept or shown.

A text goes if its key names a secret (`secret_keys.py`); within other texts go what has the form of a known provider's
secret (`secret_patterns.py`), private keys, the user in a URL, and what stands behind a secret's name, as in
`--api-key VALUE`, `API_KEY=VALUE`, `?token=VALUE` and `"password": "VALUE"`. Numbers, truth values and None stay.
Redacting twice gives the same as once, and takes time linear in the length of the texts.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from runcompare.records.column_names import apart_from
from runcompare.records.secret_keys import Secrecy, is_scrambled, looks_random, names_a_login, secrecy
from runcompare.records.secret_patterns import LITERALS, PATTERNS, Pattern

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "MARK",
    "MARK_TOO_DEEP",
    "Redacted",
    "are_secrets_shown",
    "may_hold_secrets",
    "names_a_secret",
    "redact",
    "redacted",
    "secrets_shown",
]

MARK = "(redacted)"
MARK_TOO_DEEP = "(nested too deeply)"
DEEPEST = 100  # levels of nested data
_SHORTEST = 6  # characters of a text that may hold a secret
_PASSES = 8
_UNIQUE = 256  # characters of texts that are met again and again, such as keys
_PLAIN = (int, float, type(None))
# the name of a secret and its sign, in lower case: found in all texts that `_ASSIGNED` changes, and sooner
_NAMES = "key|token|secret|pass|pwd|pw|auth|cred|bearer|cookie|dsn|jwt|login|pat|sig|code|wandb"
_NAMED = re.compile(rf"(?:{_NAMES})[\w.-]{{0,80}}\\{{0,3}}[\"']?\]?[ \t]{{0,3}}[=:]")

_NAME = r"[A-Za-z_][\w.-]{0,80}"
_ASSIGNED = re.compile(
    rf"(?<![\w.-])-{{0,2}}(?P<name>{_NAME})\\{{0,3}}[\"']?\]?[ \t]{{0,3}}(?P<sign>=|:(?!//))[ \t]{{0,3}}"
)
_FLAG = re.compile(
    rf"(?<!\S)(?:--?|setenv[ \t]{{1,4}}|(?P<set>setx?[ \t]{{1,4}}))(?P<name>{_NAME})[ \t]{{1,8}}(?=[^\s-])"
)
_ELEMENT = re.compile(rf"(?<=<)(?P<name>{_NAME})(?P<sign>>)(?=[^<>]{{1,4096}}</(?P=name)>)")
_VALUE = re.compile(r"\\{1,3}[\"'][^\"'\\\n]{0,4096}|\"[^\"\n]{0,4096}\"|'[^'\n]{0,4096}'|[^\s\"'&,;]{1,65536}")
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|Digest|ApiKey)[ \t]{1,4}", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^\s/\"'<>@:]{0,256}:[^\s/\"'<>]{1,512}(?=@)|(?<=://)[^\s/\"'<>@:]{16,512}(?=@)")
_BASIC = re.compile(r"(?<![A-Za-z0-9])[Bb]asic[ \t]{1,4}([A-Za-z0-9+/]{6,4096}={0,2})")
_LOGIN = re.compile(r"[^\s:/@]{1,64}:(?!\d+$)[^\s/@:]{3,256}")
_METHOD = re.compile(r"(?i)(?:basic|bearer|digest|jwt|kerberos|ldap|ntlm|oauth|oidc|saml|x509)")
_USERS = frozenset(("user", "username", "login", "uid"))
_SPACE = re.compile(r"\s")
_PRIVATE = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_IN_URLS = frozenset(("sig", "signature", "x-amz-signature", "x-amz-credential", "x-goog-signature", "code"))
# names whose value may stand alone in prose ("the token: ..."), so that behind a colon it must look random
_PROSE = frozenset(("token", "secret", "bearer", "credential", "credentials", "secrets"))
# what stands for a secret without being one: a reference to the environment, a mark of a text's tokens, a truth value
_NO_SECRET = re.compile(r"\$\{[^}]*\}|\$[A-Z_]{2,64}|<[^<>]{0,40}>|\[[A-Z]{1,20}\]|\*+|true|false|none|null|", re.I)


@dataclass(frozen=True, slots=True)
class Redacted:
    """`value`: the redacted data, the very same object if nothing went. `count`: how many secrets were taken out."""

    value: Any
    count: int


def redact(value: Any, key: str = "") -> Any:
    """Nested data with `(redacted)` in place of its secrets.

    Args:
        value: mappings, sequences and texts; what is neither stays as it is. In a sequence of command-line arguments
            `--api-key` is the key of what follows it.
        key: the setting's name or path; below mappings, their keys are added to it.
    """
    return redacted(value, key).value


def redacted(value: Any, key: str = "") -> Redacted:
    """The same, and how many secrets there were."""
    if are_secrets_shown():
        return Redacted(value, 0)
    redactor = _Redactor()
    return Redacted(redactor.any(value, key, 0), redactor.count)


_shown: ContextVar[bool] = ContextVar("secrets_shown", default=False)


@contextmanager
def secrets_shown() -> Iterator[None]:
    """Within this block nothing is redacted, for whoever must see what a run was told. The store takes no runs then.

    >>> with runcompare.secrets_shown():
    ...     run = runcompare.load("hjnqclgk").runs[0]
    """
    before = _shown.set(True)
    try:
        yield
    finally:
        _shown.reset(before)


def are_secrets_shown() -> bool:
    """Whether the caller stands in a block of `secrets_shown`."""
    return _shown.get()


class _Redactor:
    """Counts what it takes out."""

    def __init__(self) -> None:
        self.count = 0

    def any(self, value: Any, path: str, depth: int) -> Any:
        if isinstance(value, str):
            return self.setting(value, path)
        if isinstance(value, bytes) or not isinstance(value, Mapping | Sequence | set | frozenset):
            return value
        if depth >= DEEPEST:  # so that nothing after us meets its own limit of nesting, nor data that hold themselves
            return MARK_TOO_DEEP
        if isinstance(value, Mapping):
            return self.mapping(value, path, depth)
        if isinstance(value, Sequence):
            return self.sequence(value, path, depth)
        cleaned = type(value)(self.any(item, path, depth + 1) for item in value)
        return value if cleaned == value else cleaned

    def mapping(self, value: Mapping[Any, Any], path: str, depth: int) -> Any:
        cleaned: dict[Any, Any] = {}
        same = True
        has_user = not value.keys().isdisjoint(_USERS)  # kaggle.json: {"username": ..., "key": ...}
        named = value.get("name")  # {"name": "HF_TOKEN", "value": ...}, as containers list their environment
        for key, item in value.items():
            name = self.name(key) if isinstance(key, str) else key
            inner = item
            if not isinstance(item, _PLAIN):
                own = named if key == "value" and isinstance(named, str) else key
                own = f"login.{key}" if has_user and key in ("key", "pass", "pwd", "pw") else own
                inner = self.any(item, f"{path}.{own}" if path else str(own), depth + 1)
            same &= inner is item and name is key
            cleaned[apart_from(cleaned, name) if name is not key else name] = inner
        return value if same else cleaned

    def sequence(self, value: Sequence[Any], path: str, depth: int) -> Any:
        if _is_pair(value) or _is_login(value, path):
            cleaned = [value[0], self.marked(value[1])]
            return value if value[1] == MARK else tuple(cleaned) if isinstance(value, tuple) else cleaned
        cleaned, name = [], path
        for item in value if (line := self.command_line(value)) is None else line:
            cleaned.append(item if isinstance(item, _PLAIN) else self.any(item, name, depth + 1))
            is_flag = isinstance(item, str) and item.startswith("-") and "=" not in item and " " not in item
            name = item.lstrip("-") if is_flag else path
        same = all(new is old for new, old in zip(cleaned, value, strict=True))
        return value if same else tuple(cleaned) if isinstance(value, tuple) else cleaned

    def command_line(self, value: Sequence[Any]) -> list[str] | None:
        """Arguments without the secrets that show beside their neighbours only, as in `Authorization:`, `Bearer`, ...;
        None if there are none."""
        if len(value) < 2 or not all(isinstance(item, str) and item and not _SPACE.search(item) for item in value):
            return None
        found = self.text(" ".join(value))
        return found.split(" ") if MARK in found and found.count(" ") == len(value) - 1 else None

    def setting(self, text: str, path: str) -> str:
        kind = secrecy(path) if path else Secrecy.NONE
        is_secret = kind == Secrecy.SECRET or (
            kind == Secrecy.IF_RANDOM
            and (looks_random(text) or (names_a_login(path) and _LOGIN.fullmatch(text) is not None))
        )
        if not is_secret or _NO_SECRET.fullmatch(text):
            return self.text(text)
        return self.marked(text)

    def marked(self, text: str) -> str:
        self.count += text != MARK
        return MARK

    def text(self, text: str) -> str:
        """A text without the secrets that its own content gives away."""
        if len(text) < _SHORTEST:
            return text
        found = self.once(text)
        for _ in range(_PASSES):  # where secrets touch, taking one out lays the next one bare
            if found == text:
                break
            text, found = found, self.once(found)
        return found

    def once(self, text: str) -> str:
        found = text
        if "-----BEGIN" in text:
            found = self.without_private_keys(found)
        if "://" in text:
            found = _USER.sub(self.user, found)
        if ("=" in text or ":" in text) and _NAMED.search(text.lower()):
            found = self.without_assigned(found, _ASSIGNED)
        if text[0] == "-" or " -" in text or "set" in text:
            found = self.without_assigned(found, _FLAG)
        if "</" in text:
            found = self.without_assigned(found, _ELEMENT)
        if "asic " in text:
            found = _BASIC.sub(self.basic, found)
        is_telling = any(map(found.__contains__, LITERALS))
        for pattern in PATTERNS:
            if not pattern.literals or (is_telling and any(map(found.__contains__, pattern.literals))):
                found = self.without(pattern, found)
        return found if found != text else text

    def name(self, text: str) -> str:
        """The same for a text that is likely to come again."""
        if len(text) > _UNIQUE:
            return self.text(text)
        found = _of_name(text)
        self.count += found.count
        return text if not found.count else str(found.value)

    def without(self, pattern: Pattern, text: str) -> str:
        group = "secret" if "secret" in pattern.expression.groupindex else 0

        def replaced(match: re.Match[str]) -> str:
            if (pattern.random and not looks_random(match[group])) or (
                pattern.scrambled and not is_scrambled(match[group])
            ):
                return match[0]
            start, end = match.start(group) - match.start(), match.end(group) - match.start()
            return match[0][:start] + self.marked(match[group]) + match[0][end:]

        return pattern.expression.sub(replaced, text)

    def user(self, match: re.Match[str]) -> str:
        """`user:password` goes; a user alone (`git@`) only if it looks random."""
        return self.marked(match[0]) if ":" in match[0] or looks_random(match[0]) else match[0]

    def basic(self, match: re.Match[str]) -> str:
        """The credentials of basic authentication are `user:password` in base64."""
        raw = match[1].rstrip("=")
        try:
            decoded = base64.b64decode(raw + "=" * (-len(raw) % 4)).decode()
        except (binascii.Error, ValueError):
            return match[0]
        if ":" not in decoded or not decoded.isprintable():
            return match[0]
        return match[0][: match.start(1) - match.start()] + self.marked(match[1])

    def without_private_keys(self, text: str) -> str:
        """A key whose end is missing goes to the end of the text."""
        parts, at = [], 0
        while begin := _PRIVATE.search(text, at):
            end = _END.search(text, begin.end())
            parts += [text[at : begin.start()], self.marked(begin[0])]
            at = end.end() if end else len(text)
        return "".join([*parts, text[at:]])

    def without_assigned(self, text: str, expression: re.Pattern[str]) -> str:
        """Without the values behind the names of secrets."""
        parts, at, search = [], 0, 0
        while match := expression.search(text, search):
            search = match.end()
            span = _secret_span(text, match)
            if span is not None:
                low, high = span
                parts += [text[at:low], self.marked(text[low:high])]
                at = search = high
        return "".join([*parts, text[at:]])


@lru_cache(maxsize=65_536)
def _of_name(text: str) -> Redacted:
    redactor = _Redactor()
    return Redacted(redactor.text(text), redactor.count)


def _is_pair(value: Sequence[Any]) -> bool:
    """Whether two texts are the name of a secret and what looks like one: `["Authorization", "Bearer ..."]`."""
    if len(value) != 2 or not all(isinstance(item, str) for item in value):
        return False
    return secrecy(value[0]) == Secrecy.SECRET and (looks_random(value[1]) or bool(_SCHEME.match(value[1])))


def _is_login(value: Sequence[Any], path: str) -> bool:
    """Whether two texts under such a name are a user and a password; a method, as in `[basic, oauth2]`, is none."""
    is_pair = len(value) == 2 and all(isinstance(item, str) for item in value) and names_a_login(path)
    return is_pair and any(c.isdigit() for c in value[1]) and not _METHOD.match(value[1])


def names_a_secret(key: str) -> bool:
    """Whether texts under this key may be secrets whatever their form."""
    return secrecy(key) != Secrecy.NONE


def may_hold_secrets(texts: "pl.Series") -> "pl.Series":
    """Which of many texts are worth redacting, found quickly; shape (n,), null where the text is null."""
    import polars as pl

    literals = [*LITERALS, "</", "://", "-----BEGIN", "asic "]
    signs = (
        rf"(?i)(?:{_NAMES})[^\s=:]*[ \t]*[=:]",  # bounds would slow this kind of expressions, which are always linear
        r"(?:^|\s)(?:--?|set(?:env|x)?\s)[A-Za-z]",
        r"[MNO][A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.",
        r"[_-][A-Za-z0-9]{26}|[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}",
    )
    column = pl.col("texts").str
    found = [column.contains_any(literals), *(column.contains(sign) for sign in signs)]
    return pl.DataFrame({"texts": texts}).select(pl.any_horizontal(found)).to_series()


def _secret_span(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """Where the secret stands whose name and sign `match` has found; None if it is none."""
    name = match["name"]
    kind = Secrecy.IF_RANDOM if name.lower() in _IN_URLS else secrecy(name)
    if kind == Secrecy.NONE:
        return None
    start = match.end()
    if scheme := _SCHEME.match(text, start):
        start = scheme.end()
    value = _VALUE.match(text, start)
    if value is None:
        return None
    low, high = value.span()
    quote = len(value[0]) - len(value[0].lstrip("\\"))  # a quote within a quoted text has strokes in front
    if quote < len(value[0]) and value[0][quote] in "\"'":
        low, high = low + quote + 1, high - (not quote)
    elif MARK not in value[0] and not _NO_SECRET.fullmatch(value[0]):
        high = low + len(value[0].rstrip(")]}>."))
    found = match.groupdict()
    if found.get("sign") == ">":
        high = text.index("<", low)
    body = text[low:high]
    if text[match.start() - 1 : match.start()] == "/" and body.partition("/")[0].isdigit():
        return None  # a folder of a partition, such as `/token=4/part-0.parquet`
    in_prose = found.get("sign") in (":", ">") and name.lower() in _PROSE and value[0][0] not in "\"'"
    in_prose |= found.get("set") is not None
    if (kind == Secrecy.IF_RANDOM or in_prose) and not looks_random(body):
        return None
    return None if not body or _NO_SECRET.fullmatch(body) else (low, high)
