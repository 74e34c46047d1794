"""What a shell offers when TAB is pressed; `runcompare completion SHELL` prints the script that asks for it.

Words that a shell would not take as they stand (spaces, quotes, `$`, control characters) are left out, for names are
under the control of whoever made the run.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from runcompare.cli.commands import COMPLETION_VARIABLE
from runcompare.cli.printing import emit, message
from runcompare.reporting.escape import printable

if TYPE_CHECKING:
    from runcompare.cli.known_runs import Key

__all__ = ["complete_metric", "complete_reference", "complete_region", "completion", "reference_argument"]

_SAFE = re.compile(r"[\w./:%+,][\w./:@%+=,-]*")  # what begins with `-` would be taken for an option
_FRONT = re.compile(r"(?P<label>[^=/:@]+=)?(?P<kind>(?:group|id|name|tag):)?(?P<word>.*)", re.DOTALL)
_NARROWINGS = {
    "@latest": "the run that started last",
    "@best:": "the best by a metric",
    "@step=": "up to a step",
    "@stage=": "up to the end of a stage",
}
_INSTALL = {
    "bash": "runcompare completion bash > ~/.local/share/bash-completion/completions/runcompare",
    "zsh": 'runcompare completion zsh > "${fpath[1]}/_runcompare"',
    "fish": "runcompare completion fish > ~/.config/fish/completions/runcompare.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(sorted(_INSTALL)))
def completion(shell: str) -> None:
    """Print the script that completes commands, options and known runs with TAB.

    The script's last line says where it goes.

    \b
    Examples:
      source <(runcompare completion bash)
      runcompare completion zsh
      runcompare completion fish
    """
    made = get_completion_class(shell)
    assert made is not None
    script = made(click.Command("runcompare"), {}, "runcompare", COMPLETION_VARIABLE).source()
    emit(f"{script.rstrip()}\n\n# Install: {_INSTALL[shell]}\n")
    if sys.stdout.isatty():
        message(f"install it with  {_INSTALL[shell]}")


def reference_argument(*names: str, **options: Any) -> Callable[[Any], Any]:
    """`click.argument` for a reference, which completes to known runs."""
    return click.argument(*names, shell_complete=complete_reference, **options)


def complete_reference(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """What a reference could go on with. Never raises: a half-typed line is no place for errors."""
    try:
        return list(_offers(incomplete, tuple(ctx.params.get("runs") or ())))
    except Exception:
        return []


def complete_metric(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The metrics that the newest runs log. Never raises."""
    try:
        keys = _keys(tuple(ctx.params.get("runs") or ()))
    except Exception:
        return []
    names = (key.name for key in keys if key.kind == "metric")
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and _SAFE.fullmatch(name)]


def complete_region(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The countries whose grids are known."""
    from runcompare.costs.energy.estimates import GRIDS

    return [CompletionItem(name) for name in GRIDS if name.lower().startswith(incomplete.lower())]


def _keys(folders: tuple[Path, ...]) -> "list[Key]":
    from runcompare import settings
    from runcompare.cli.known_runs import known_keys

    chosen = settings.load()
    return known_keys(folders or chosen.runs, chosen.store)


def _settings(front: str, rest: str, folders: tuple[Path, ...]) -> Iterator[CompletionItem[str]]:
    """What `config:` goes on with: a setting's name, and behind the sign its values."""
    name, sign, value = rest.partition("=")
    for key in _keys(folders):
        if key.kind == "setting" and sign and key.name == name:
            found = (v for v in key.values if v.startswith(value) and _SAFE.fullmatch(v))
            yield from (CompletionItem(f"{front}{name}={v}") for v in found)
        elif key.kind == "setting" and not sign and key.name.startswith(name) and _SAFE.fullmatch(key.name):
            values = ", ".join(key.values[:5])
            yield CompletionItem(f"{front}{key.name}=", help=_shown(values))


def _offers(incomplete: str, folders: tuple[Path, ...]) -> Iterator[CompletionItem[str]]:
    told = re.fullmatch(r"((?:[^=/:@]+=)?config:)(.*)", incomplete, re.DOTALL)
    if told:
        yield from _settings(told[1], told[2], folders)
        return
    before, at, sign = incomplete.rpartition("@")
    signs = {before + name: text for name, text in _NARROWINGS.items() if at and name.startswith(at + sign)}
    yield from (CompletionItem(value, help=text) for value, text in signs.items())
    match = _FRONT.fullmatch(incomplete)
    label, kind, word = (match[part] or "" for part in ("label", "kind", "word")) if match else ("", "", incomplete)
    found = {w: h for w, h in _words(kind.rstrip(":"), folders) if w.startswith(word) and _SAFE.fullmatch(w)}
    yield from (CompletionItem(f"{label}{kind}{w}", help=_shown(h)) for w, h in found.items())
    if not kind and (not (found or signs) or os.sep in word or word.startswith((".", "~"))):
        yield CompletionItem(incomplete, type="file")


def _shown(text: str) -> str | None:
    """One printable line, or None."""
    return printable(text, "")[:60] or None


def _words(kind: str, folders: tuple[Path, ...]) -> list[tuple[str, str]]:
    """Words of a kind, or all that name runs, each with what it is; the newest runs first."""
    from runcompare import settings
    from runcompare.cli.known_runs import known_runs

    chosen = settings.load()
    runs = known_runs(folders or chosen.runs, chosen.store)
    fields: dict[str, list[tuple[str, str]]] = {
        "group": [(run.group, "group") for run in runs if run.group],
        "id": [(run.id, run.name) for run in runs],
        "name": [(run.name, run.id) for run in runs],
        "tag": [(tag, "tag") for run in runs for tag in run.tags],
    }
    if kind:
        return fields[kind]
    own = [(alias, run.id) for run in runs for alias in run.aliases]
    aliases = [(alias, meant) for alias, meant in chosen.aliases.items()]
    return [*aliases, *fields["group"], *own, *fields["name"], *fields["id"]]


class _Typed(NamedTuple):
    """A command line: the whole words, and the one that is being typed."""

    words: list[str]
    incomplete: str


class _Bash(BashComplete):
    """Bash breaks words at `:`, `=` and `@`, so it hands over the whole line, and gets only what follows a break."""

    name = "bash"
    source_template = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            plain) COMPREPLY+=("$value") ;;
            file) compopt -o default 2>/dev/null ;;
            dir) compopt -o dirnames 2>/dev/null ;;
        esac
    done < <(COMP_LINE=${COMP_LINE:0:COMP_POINT} COMP_BREAKS=$COMP_WORDBREAKS \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}

complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> _Typed:
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)[1:]
        whole = not line or line[-1].isspace()
        self._incomplete = "" if whole or not words else words[-1]
        return _Typed(words if whole else words[:-1], self._incomplete)

    def format_completion(self, item: CompletionItem[Any]) -> str:
        typed = getattr(self, "_incomplete", "")
        typed = typed.partition("=")[2] if typed.startswith("-") else typed  # --option=VALUE: values are offered
        breaks = os.environ.get("COMP_BREAKS", "")
        cut = max((typed.rfind(sign) for sign in ":=@" if sign in breaks), default=-1) + 1
        return f"{item.type},{str(item.value)[cut:]}"


add_completion_class(_Bash)
