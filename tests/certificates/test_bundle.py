"""No byte of a certificate changes unnoticed, and nothing in one is unpacked or believed."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from runcompare.certificates.bundle import MANIFEST, packed, read_bundle, with_manifest
from runcompare.errors import DataError, UnreadableRun

FILES = with_manifest(
    {"certificate.json": b'{"a": 1}\n', "runs/00001/run.json": b"{}", "runs/00001/x.parquet": b"PAR1"}
)


def in_folder(folder: Path, files=FILES) -> Path:
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return folder


def changed(body: bytes, at: int, by: int) -> bytes:
    return body[:at] + bytes([body[at] ^ by]) + body[at + 1 :]


def test_both_forms_are_read_back(tmp_path):
    (tmp_path / "c.zip").write_bytes(packed(FILES))
    for path in (tmp_path / "c.zip", in_folder(tmp_path / "folder")):
        bundle = read_bundle(path)
        assert bundle.changes == ()
        assert dict(bundle.files) == dict(FILES)
        assert bundle.digest == FILES[MANIFEST].decode().split()[-3]


def test_the_zip_is_one_that_everybody_reads():
    with zipfile.ZipFile(io.BytesIO(packed(FILES))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == dict(FILES)


def test_every_flip_of_every_byte_of_the_zip_is_caught(tmp_path):
    body, path = packed(FILES), tmp_path / "c.zip"
    assert len(body) < 2_000
    missed = []
    for at in range(len(body)):
        for by in (1, 128) if at % 2 else (255, 4):
            path.write_bytes(changed(body, at, by))
            if not read_bundle(path).changes:
                missed.append((at, by))
    assert missed == []


def test_every_flip_of_every_byte_of_the_folder_is_caught_and_its_file_named(tmp_path):
    folder = in_folder(tmp_path)
    for name, body in FILES.items():
        for at in range(len(body)):
            (folder / name).write_bytes(changed(body, at, 1))
            assert [change.file for change in read_bundle(folder).changes] == [name]
        (folder / name).write_bytes(body)
    assert read_bundle(folder).changes == ()


@pytest.mark.parametrize("cut", [0, 1, 30, 200, -1, -22])
def test_a_zip_that_was_cut_or_grew_is_caught(tmp_path, cut):
    body, path = packed(FILES), tmp_path / "c.zip"
    path.write_bytes(body[:cut])
    assert read_bundle(path).changes
    for longer in (body + b"\0", b"\0" + body, b"#!/bin/sh\n" + body, body + body):
        path.write_bytes(longer)
        assert read_bundle(path).changes


def test_a_file_that_was_added_is_missing_or_swapped_is_named(tmp_path):
    folder = in_folder(tmp_path)
    (folder / "more.txt").write_text("x")
    assert [(c.file, c.what) for c in read_bundle(folder).changes] == [("more.txt", "it was added")]
    (folder / "more.txt").unlink()
    (folder / "runs/00001/run.json").unlink()
    assert [(c.file, c.what) for c in read_bundle(folder).changes] == [("runs/00001/run.json", "it is missing")]


def test_the_same_files_packed_otherwise_are_another_zip(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in FILES.items():
            archive.writestr(name, body)
    (tmp_path / "c.zip").write_bytes(out.getvalue())
    assert [change.what for change in read_bundle(tmp_path / "c.zip").changes] == ["the zip file itself was changed"]


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd", "a/../../b", "C:\\x", "runs/\x1b[31m", "UP.TXT"])
def test_a_name_that_leads_out_is_no_certificates_and_nothing_is_written(tmp_path, name):
    files = {**FILES, name: b"x"}
    home = tmp_path / "home"
    home.mkdir()
    (home / "c.zip").write_bytes(packed(files))
    assert name in [change.file for change in read_bundle(home / "c.zip").changes]
    listed = with_manifest({n: b for n, b in files.items() if n != MANIFEST})
    (home / "c.zip").write_bytes(packed(listed))
    assert [change.file for change in read_bundle(home / "c.zip").changes] == [MANIFEST]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["c.zip"]


def test_a_bomb_is_told_before_it_unfolds(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("certificate.json", b"\0" * 50_000_000)
    assert len(out.getvalue()) < 100_000
    (tmp_path / "c.zip").write_bytes(out.getvalue())
    (change, *_) = read_bundle(tmp_path / "c.zip").changes
    assert change.what == "it says that it holds more than it can"


def test_what_is_larger_than_is_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "c.zip").write_bytes(packed(FILES))
    folder = in_folder(tmp_path / "folder")
    monkeypatch.setenv("RUNCOMPARE_MAX_BYTES", "500")
    for path in (tmp_path / "c.zip", folder):
        with pytest.raises(UnreadableRun, match="more than"):
            read_bundle(path)


def test_a_folder_with_a_link_is_refused(tmp_path):
    folder = in_folder(tmp_path / "folder")
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(DataError, match="no plain file"):
        read_bundle(folder)


def test_what_is_no_zip_at_all_says_so(tmp_path):
    rng = random.Random(0)
    for body in (b"", b"hello", bytes(rng.randrange(256) for _ in range(300))):
        (tmp_path / "c.zip").write_bytes(body)
        assert read_bundle(tmp_path / "c.zip").changes
    with pytest.raises(DataError):
        read_bundle(tmp_path / "nothere.zip")
