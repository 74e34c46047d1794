"""Secrets in the names of folders, groups, runs and hardware, with other letters around them, are shown nowhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from commands import call
from planted_secrets import BY_FORM

from runcompare import Recorder

PARTS = {
    "folder": "anthropic",
    "group": "github",
    "name": "gitlab",
    "project": "npm",
    "tag": "slack bot",
    "cpu": "aws id",
    "model": "groq",
}
SECRETS = {part: BY_FORM[kind] for part, kind in PARTS.items()}


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Two runs, each by its path."""
    root = Path(f"runs{SECRETS['folder']}")
    monkeypatch.chdir(tmp_path)
    for side, value in (("a", 1.0), ("b", 1.2)):
        with Recorder(
            root / side,
            name=f"n{SECRETS['name']}",
            group=f"grp{SECRETS['group']}{side}",
            project=f"p{SECRETS['project']}",
            tags=[f"t{SECRETS['tag']}"],
            config={"model": f"m{SECRETS['model']}x", "lr": value},
            hardware={"cpu": f"EPYC{SECRETS['cpu']}", "cpu_count": 8},
        ) as log:
            for step in range(1, 4):
                log.log({"val/loss": value / step})
    return str(root / "a"), str(root / "b")


COMMANDS = (
    "runs",
    "runs --format json",
    "runs --format csv",
    "runs --groups",
    "runs --explain",
    "report A B",
    "report A B --verbose",
    "report A B --format json",
    "report A B --format html",
    "report A B -o new.md",
    "cost A B",
    "cost A B --format json",
    "check A --format json",
    "rank --format json",
    "export A",
    "recommend A B --format json",
    "gate A B --format comment",
    "gate A B -o gate.sarif",
    "certify A B -o certificate",
    "doctor",
)


@pytest.mark.parametrize("words", COMMANDS)
def test_no_command_shows_them(
    sides: tuple[str, str], words: str, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    places = {"A": sides[0], "B": sides[1]}
    code, out, told = call(capsysbinary, *(places.get(word, word) for word in words.split()))
    assert code in (0, 1, 3), told
    written = [p for p in tmp_path.rglob("*") if p.is_file() and not re.match("runs", p.relative_to(tmp_path).parts[0])]
    shown = out.decode() + told + "".join(p.read_bytes().decode("utf-8", "replace") for p in written)
    assert [part for part, secret in SECRETS.items() if secret in shown] == []


def test_the_store_keeps_none(
    sides: tuple[str, str], capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    for again in ("2 new", "2 unchanged"):
        assert again.split()[0] in call(capsysbinary, "pull", *sides, "--store", "kept")[2]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file())
    assert [part for part, secret in SECRETS.items() if secret.encode() in kept] == []


def test_pictures_of_a_document_called_like_a_secret_have_a_link_that_leads_there(
    sides: tuple[str, str], capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    name = f"r{BY_FORM['docker']}.md"
    assert call(capsysbinary, "report", *sides, "-o", name)[0] == 0
    document = (tmp_path / name).read_text()
    links = re.findall(r"!\[[^]]*\]\(<?([^)>]+)>?\)", document)
    assert links
    assert all((tmp_path / unquote(link)).is_file() for link in links)
    assert BY_FORM["docker"] not in document
