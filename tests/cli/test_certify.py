"""`runcompare certify` and `verify-report`: exit codes and what they say."""

import json
from pathlib import Path

import pytest
from commands import call


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("certificates")


def test_a_certificate_is_written_verified_and_every_change_told(capsysbinary, monkeypatch, folder):
    monkeypatch.setenv("RUNCOMPARE_RUNS", str(Path(__file__).parents[2] / "examples" / "runs"))
    path = folder / "c.zip"
    code, out, err = call(capsysbinary, "certify", "v3", "baseline32", "-o", path)
    assert code == 0
    digest = out.decode().strip()
    assert len(digest) == 64
    assert "better" in err
    code, out, err = call(capsysbinary, "verify-report", path, "--digest", digest)
    assert (code, err) == (0, "")
    assert out.decode().startswith("The certificate holds: v3 against baseline32: better")
    code, out, _ = call(capsysbinary, "verify-report", path, "--digest", "0" * 64)
    assert code == 1
    assert b"another certificate" in out
    body = path.read_bytes()
    path.write_bytes(body[:5000] + bytes([body[5000] ^ 1]) + body[5001:])
    code, out, _ = call(capsysbinary, "verify-report", path, "--format", "json")
    document = json.loads(out)
    assert (code, document["holds"]) == (1, False)
    assert document["changes"][0]["file"] == "certificate.json" or document["changes"][0]["what"]


def test_what_is_no_certificate_is_told(capsysbinary, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"hello")
    code, out, _ = call(capsysbinary, "verify-report", tmp_path / "x.zip")
    assert code == 1
    assert b"does not hold" in out
    assert call(capsysbinary, "verify-report", tmp_path / "nothere.zip")[0] == 2
