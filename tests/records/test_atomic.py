"""Files and folders are written whole or not at all, in one place."""

import ast
import os
from pathlib import Path

import pytest

import runcompare
from runcompare.records.atomic import (
    is_unfinished,
    remove_folder,
    whole_file,
    write_all_whole,
    write_folder_whole,
    write_whole,
)

PACKAGE = Path(runcompare.__file__).parent
HOMES = {
    "records/atomic.py",
    "records/recorder.py",  # appends, and forces what it has appended onto the disk
}


def test_a_file_is_replaced(tmp_path: Path) -> None:
    for content in (b"old", "new \N{SNOWMAN} \ud800"):
        write_whole(tmp_path / "a.txt", content)
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "new \N{SNOWMAN} ?"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("only_writer", [True, False])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, only_writer: bool) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(TypeError), whole_file(path, only_writer=only_writer) as file:
        file.writelines([b"half", "no bytes"])  # type: ignore[list-item]
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


def test_an_error_names_the_file_that_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as error:
        write_whole(tmp_path / "a.txt", "new")
    assert error.value.filename == str(tmp_path / "a.txt")
    assert not list(tmp_path.iterdir())


def test_a_killed_writers_file_is_used_again_by_the_only_one(tmp_path: Path) -> None:
    def killed() -> None:
        with whole_file(tmp_path / "a", only_writer=True) as file:
            file.write(b"half")
            file.flush()
            os._exit(9)

    if (child := os.fork()) == 0:
        killed()
    os.waitpid(child, 0)
    (left,) = tmp_path.iterdir()
    assert is_unfinished(left)
    write_whole(tmp_path / "a", "whole", only_writer=True)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["whole"]


def test_a_folder_is_there_with_all_its_files_or_not_at_all(tmp_path: Path) -> None:
    write_folder_whole(tmp_path / "new" / "one", {"a": b"1", "b": b"2"})
    assert {p.name: p.read_bytes() for p in (tmp_path / "new" / "one").iterdir()} == {"a": b"1", "b": b"2"}
    with pytest.raises(OSError, match="no/folder"):
        write_folder_whole(tmp_path / "new" / "two", {"a": b"1", "no/folder": b"2"})
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["one"]
    remove_folder(tmp_path / "new" / "one")
    assert not list((tmp_path / "new").iterdir())


def writes_whole(function: ast.AST) -> bool:
    """Whether a function forces data onto the disk, or writes a file and renames one."""
    calls = {ast.unparse(n.func).rpartition(".")[2]: n for n in ast.walk(function) if isinstance(n, ast.Call)}
    writes = bool(calls.keys() & {"write_text", "write_bytes", "mkstemp"}) or "open" in calls
    return "fsync" in calls or (
        writes and any(name in calls and len(calls[name].args) == 1 for name in ("replace", "rename"))
    )


def test_nobody_else_writes_whole_files() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and writes_whole(node)
    }
    assert found == HOMES


def test_modes_links_and_the_umask_are_kept(tmp_path: Path) -> None:
    file, link = tmp_path / "a", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o604)
    link.symlink_to("a")
    before = os.umask(0o027)
    try:
        write_whole(link, "new")
        write_all_whole({tmp_path / "made" / "b": "new"})
    finally:
        os.umask(before)
    assert (file.read_text(), link.is_symlink()) == ("new", True)
    assert [oct(p.stat().st_mode & 0o777) for p in (file, tmp_path / "made" / "b", tmp_path / "made")] == [
        "0o604", "0o640", "0o750"
    ]  # fmt: skip


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_several_files_are_all_new_or_all_old(tmp_path: Path, monkeypatch, step: str, at: int) -> None:
    calls = iter(range(1, 99))
    home, name = (os, "fsync") if step == "fsync" else (Path, "replace")
    real = getattr(home, name)

    def failing(*args: object) -> object:
        if next(calls) == at:
            raise OSError(28, "No space left on device")
        return real(*args)

    (tmp_path / "a").write_text("old")
    (tmp_path / "b").write_text("old")
    monkeypatch.setattr(home, name, failing)
    with pytest.raises(OSError, match="No space left"):
        write_all_whole({tmp_path / "a": "new", tmp_path / "b": "new", tmp_path / "new" / "c": "new"})
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "old", "b": "old"}


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(tmp_path / "pipe", "through")
        assert os.read(reader, 99) == b"through"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
