"""README and docs: every command on every page runs, and what a page shows of its output is what it prints.

On a page, in its order and in one folder (`tests/kit/reader.py`):

- `console` blocks are run line by line (`$ command`); what stands below a command is its output. A line `...` stands
  for any lines, and `...` within a line for any text.
- `bash` blocks are run line by line; their output is not shown.
- `python` blocks with a `console` block on their page are run before it, if their libraries are installed.

Commands on the reader's own servers are only parsed. Those that train for minutes run with RUNCOMPARE_LONG=1.
"""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
from reader import LONG, ROOT, TAKES_LONG, THEIRS, log_to_wandb, parses, settle, typed

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES if "_build" not in page.parts]
BLOCK = re.compile(r"^( *)```(bash|console|python)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NOT_OURS = re.compile(
    r"(runcompare COMMAND|make|git|pip|wandb|python3? -m (venv|pip|pytest)|\S*/pip|source|\.) .*|cd [^&]*"
)
BESIDE = {"transformers": "accelerate"}  # what a library needs that its import does not tell
SHIPPED_ONLY = ("docs/ranking.md",)  # whose commands take all runs of the folders, as they are in the checkout
ELSEWHERE = ("docs/extending.md",)  # what test_docs.py runs


class Block(NamedTuple):
    language: str
    text: str


def blocks(name: str) -> list[Block]:
    found = BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))
    return [
        Block(language, "\n".join(line[len(indent) :] for line in text.split("\n"))) for indent, language, text in found
    ]


class Typed(NamedTuple):
    command: str
    note: str  # the comment behind it
    shown: list[str]


def commands(block: Block) -> Iterator[Typed]:
    """The commands of a block, each with the output that is shown. A line that ends in a backslash goes on."""
    text = block.text.replace("\\\n", " ")
    if block.language == "bash":
        lines = [line.strip().partition("  #") for line in text.splitlines()]
        yield from (Typed(line.strip(), note, []) for line, _, note in lines if line and not line.startswith("#"))
        return
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not parts[0].strip(), "output before the first command"
    for part in parts[1:]:
        line, _, shown = part.partition("\n")
        command, _, note = line.partition("  #")
        yield Typed(command.strip(), note, [line.rstrip() for line in shown.splitlines() if line.strip()])


def matches(shown: list[str], printed: str) -> bool:
    """Whether what is shown is what was printed, in the order shown; blank lines don't count."""
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    pattern = "".join(
        "(?:.*\n)*" if line.strip() == "..." else ".*".join(map(re.escape, line.split("..."))) + "\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def needs(code: str) -> list[str]:
    """The libraries that a script imports and that are not installed."""
    tree = ast.walk(ast.parse(code))
    found = {
        name.partition(".")[0]
        for node in tree
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    found |= {BESIDE[name] for name in found if name in BESIDE}
    return [name for name in found if name and find_spec(name) is None]


@pytest.mark.skipif(shutil.which("bash") is None, reason="pages show lines of bash")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ELSEWHERE])
def test_a_pages_commands_run_and_print_what_it_shows(name: str, tmp_path: Path) -> None:
    found = blocks(name)
    place = settle(tmp_path)
    if name in SHIPPED_ONLY:
        (place / "runcompare.toml").write_text('runs = ["examples/runs"]\n', encoding="utf-8")
    if "~/project/wandb" in (ROOT / name).read_text(encoding="utf-8"):
        pytest.importorskip("wandb")
        log_to_wandb(place)
    is_run = any(block.language == "console" for block in found)
    for block in found:
        if block.language == "python":
            if is_run:
                if missing := needs(block.text):
                    pytest.skip(f"{', '.join(missing)} is not installed")
                python(block.text, place)
            continue
        for one in commands(block):
            check(one, place)


def python(code: str, place: Path) -> None:
    (place / "script.py").write_text(code, encoding="utf-8")
    done = typed("python script.py", place)
    assert done.returncode == 0, f"{code}\n{done.stderr}"


def check(one: Typed, place: Path) -> None:
    if NOT_OURS.fullmatch(one.command):
        return
    line = re.sub(r"^\.venv/bin/", "", one.command)
    if THEIRS.search(line) or (TAKES_LONG.search(line) and not LONG):
        assert parses(line), f"{line} is no command of ours"
        return
    done = typed(line, place)
    wanted = 1 if "exit code 1" in one.note or "Gate failed" in done.stdout or "::error" in done.stdout else 0
    assert done.returncode == wanted, f"{line}: {done.stderr}"
    assert "Traceback" not in done.stderr
    printed = (done.stdout, done.stderr, done.stdout + done.stderr)
    assert not one.shown or any(matches(one.shown, text) for text in printed), f"{line} printed\n{printed[-1]}"


def test_many_commands_are_tested() -> None:
    per_page = {
        name: [c for block in blocks(name) if block.language != "python" for c in commands(block)] for name in NAMES
    }
    assert sum(map(len, per_page.values())) > 40
    assert len(per_page["README.md"]) >= 10


def test_what_is_shown_is_compared() -> None:
    assert matches(["a ... c", "...", "z"], "a b c\n\nd\ne\nz\n")
    assert matches(["a", "..."], "a\n")
    assert not matches(["a ... c", "z"], "a b c\nd\nz\n")
    assert not matches(["a.c"], "abc\n")
    assert not parses("runcompare report a b --no-such-option")
    assert not parses("runcompare nosuch")
    assert parses("runcompare report a b --gpu-price 2.1")


def test_every_page_is_in_the_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = {
        line.strip() for block in re.findall(r"```\{toctree\}\n(.*?)```", index, re.S) for line in block.splitlines()
    }
    pages = {name.removeprefix("docs/").removesuffix(".md") for name in NAMES if name.startswith("docs/")}
    assert pages - listed - {"index"} == set()


@pytest.mark.skipif(find_spec("furo") is None or find_spec("myst_parser") is None, reason="needs the extra `docs`")
def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(ROOT / "docs"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


WORDS = {
    r"\b[a-z]+\(s\)": "say `1 run` or `2 runs`: records/counted.py",
    r"\b1 (runs|seeds|groups)\b(?! of)": "say `1 run`",
    r"\bdear(er|est)\b": "say `more expensive`",
}


@pytest.mark.parametrize("word", WORDS)
def test_the_english_is_that_of_the_field(word: str) -> None:
    sources = list((ROOT / "runcompare").rglob("*.py"))
    texts = {path: re.sub(r"#.*", "", path.read_text(encoding="utf-8")) for path in sources}
    code = {path: " ".join(re.findall(r"""["'][^"'\n]*["']""", text)) for path, text in texts.items()}
    pages = {ROOT / name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
    found = [path.name for path, text in {**code, **pages}.items() if re.search(word, text)]
    assert found == [], WORDS[word]


def test_the_order_of_the_verdicts_is_told_once() -> None:
    pages = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
    lines = [(name, line) for name, text in pages.items() for line in text.splitlines()]
    assert [name for name, line in lines if all(w in line for w in ("can't tell", "equivalent", "inconclusive"))] == []
    assert "tried in this order" in pages["docs/reading-the-report.md"]
