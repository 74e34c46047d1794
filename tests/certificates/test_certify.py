"""A certificate decides again what it certifies, from its own bytes alone."""

import json
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

import runcompare
from runcompare.certificates import verify as verifying
from runcompare.certificates.bundle import MANIFEST, packed, with_manifest
from runcompare.certificates.contents import decode_request, encode_request, run_digest, run_files, run_of_files
from runcompare.errors import DataError, UsageError
from runcompare.inputs.request import request_of
from runcompare.records.redact import secrets_shown

RUNS = Path(__file__).parents[2] / "examples" / "runs"


def group(name: str, level: float, **config):
    rows = [
        {"seed": s, "step": e, "val/loss": level * (1 + s / 100), "latency": 2.0 + s / 1000}
        for s in range(3)
        for e in range(4)
    ]
    return runcompare.from_frame(rows, by="seed", name=name, config={"lr": level, **config})


@pytest.fixture(scope="module")
def small():
    options = {"metric": "val/loss", "direction": "min", "min_effect": "2%", "guardrails": ["latency:min:5%"]}
    return runcompare.certify(group("new", 0.8), group("old", 1.0), **options)


@pytest.fixture
def zipped(small, tmp_path) -> Path:
    path = tmp_path / "certificate.zip"
    path.write_bytes(packed(small.files))
    return path


def test_it_holds_and_says_what_it_decided(small, zipped):
    found = runcompare.verify_report(zipped)
    assert found.holds
    assert found.digest == small.digest
    assert (found.decision["verdict"], found.again["verdict"]) == ("better", "better")
    assert found.decision["guardrails"] == [{"metric": "latency", "word": "held", "margin": "5%"}]
    assert found.drift == ()


def test_it_is_decided_again_elsewhere_without_the_runs_and_the_settings(tmp_path, monkeypatch):
    runcompare.certify("v3", "baseline32", runs=RUNS, output=tmp_path / "c.zip")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNCOMPARE_RUNS", str(tmp_path))
    monkeypatch.setenv("RUNCOMPARE_ALPHA", "0.5")
    found = runcompare.verify_report(tmp_path / "c.zip")
    assert found.holds
    assert found.again["alpha"] == 0.05


def test_a_seeded_sample_of_flips_of_every_file_is_caught(small, zipped):
    body, rng = zipped.read_bytes(), random.Random(1)
    for at in sorted({rng.randrange(len(body)) for _ in range(300)}):
        zipped.write_bytes(body[:at] + bytes([body[at] ^ (1 << rng.randrange(8))]) + body[at + 1 :])
        found = runcompare.verify_report(zipped)
        assert not found.holds, at
        assert found.changes
        assert all(change.file and change.what for change in found.changes)


def test_a_folder_is_written_once_and_read(small, tmp_path):
    made = runcompare.certify(
        group("new", 0.8), group("old", 1.0), metric="val/loss", direction="min", output=tmp_path / "f"
    )
    assert runcompare.verify_report(tmp_path / "f", digest=made.digest).holds
    with pytest.raises(DataError, match="not empty"):
        runcompare.certify(
            group("new", 0.8), group("old", 1.0), metric="val/loss", direction="min", output=tmp_path / "f"
        )


def forged(small, change) -> dict[str, bytes]:
    """The certificate with one document changed, under a manifest that is right again."""
    files = {name: body for name, body in small.files.items() if name != MANIFEST}
    document = json.loads(files["certificate.json"])
    change(document, files)
    files["certificate.json"] = json.dumps(document).encode()
    return dict(with_manifest(files))


def test_a_verdict_that_was_rewritten_with_its_manifest_is_decided_otherwise(small, tmp_path):
    def lie(document, files):
        document["decision"]["verdict"] = "worse"

    (tmp_path / "c.zip").write_bytes(packed(forged(small, lie)))
    found = runcompare.verify_report(tmp_path / "c.zip")
    assert not found.holds
    assert found.apart == ("verdict",)


def test_data_that_were_rewritten_with_the_manifest_are_not_those_certified(small, tmp_path):
    def lie(document, files):
        name = next(n for n in files if n.endswith("run.json"))
        files[name] = files[name].replace(b'"lr": 0.8', b'"lr": 0.7')

    (tmp_path / "c.zip").write_bytes(packed(forged(small, lie)))
    found = runcompare.verify_report(tmp_path / "c.zip")
    assert found.changes[0].what.startswith("the data of new-s")


def test_another_certificate_has_another_digest(small, zipped):
    found = runcompare.verify_report(zipped, digest="0" * 64)
    assert not found.holds
    assert "another certificate" in found.changes[0].what
    assert runcompare.verify_report(zipped, digest=small.digest.upper()).holds


def test_other_versions_are_told_and_make_it_no_failure(small, tmp_path):
    def older(document, files):
        document["made"] |= {"runcompare": "0.0.1", "numpy": "1.0"}
        comparison = json.loads(files["comparison.json"])
        comparison["choices"] = []
        files["comparison.json"] = json.dumps(comparison).encode()

    (tmp_path / "c.zip").write_bytes(packed(forged(small, older)))
    found = runcompare.verify_report(tmp_path / "c.zip")
    assert found.holds
    assert any(text.startswith("made with runcompare 0.0.1") for text in found.drift)
    assert any("figures outside of the decision differ: choices" in text for text in found.drift)


def test_the_same_runcompare_must_decide_every_figure_the_same(small, tmp_path):
    def other(document, files):
        comparison = json.loads(files["comparison.json"])
        comparison["choices"] = []
        files["comparison.json"] = json.dumps(comparison).encode()

    (tmp_path / "c.zip").write_bytes(packed(forged(small, other)))
    assert runcompare.verify_report(tmp_path / "c.zip").apart == ("choices",)


def test_no_secret_is_in_it(tmp_path):
    secret = "sk-proj-" + "aB3" * 16
    runs = group("new", 0.8, api_key=secret, note=f"token={secret}")
    made = runcompare.certify(runs, group("old", 1.0), metric="val/loss", direction="min")
    assert all(secret.encode() not in body for body in made.files.values())
    with secrets_shown(), pytest.raises(UsageError, match="no secrets"):
        runcompare.certify(group("new", 0.8), group("old", 1.0), metric="val/loss", direction="min")


def test_the_digest_of_a_run_is_that_of_its_data(full_run):
    again = run_of_files(run_files(full_run))
    assert run_digest(again) == run_digest(full_run)
    assert run_digest(replace(full_run, config={})) != run_digest(full_run)
    frame = full_run.history.frame
    other = replace(full_run, history=type(full_run.history)(frame.with_columns(frame["loss"].fill_nan(0.0))))
    assert run_digest(other) != run_digest(full_run)
    turned = replace(full_run, history=type(full_run.history)(frame.select(sorted(frame.columns, reverse=True))))
    assert run_digest(turned) == run_digest(full_run)


def test_a_request_comes_back_from_its_data():
    request = request_of(
        runs=None,
        metric="val/loss",
        direction="min",
        value="mean-last:20%",
        min_effect="0.5pt",
        alpha=0.01,
        guardrails=["acc:max:1pt", "latency"],
        noise_cv=0.1,
        pair_by="fold",
        force=True,
        gpu_price=2.5,
    )
    stored = json.loads(json.dumps(encode_request(request)))
    assert decode_request(stored, ()) == request
    with pytest.raises(DataError, match="can't be read"):
        decode_request({}, ())


@pytest.mark.parametrize("wrong", [b"{}", b"[]", b"not json", b'{"decision": {}, "made": {}, "runs": 3}'])
def test_what_is_no_certificate_is_an_error_of_ours(small, tmp_path, wrong):
    files = {name: body for name, body in small.files.items() if name != MANIFEST}
    (tmp_path / "c.zip").write_bytes(packed(with_manifest({**files, "certificate.json": wrong})))
    with pytest.raises(DataError):
        runcompare.verify_report(tmp_path / "c.zip")


def test_nothing_is_read_but_the_bundle(zipped, monkeypatch):
    opened: list[str] = []
    true_open = os.open

    def watched(path, *args, **more):
        opened.append(str(path))
        return true_open(path, *args, **more)

    monkeypatch.setattr(os, "open", watched)
    assert verifying.verify(zipped).holds
    assert [path for path in opened if "runs" in path or "pyproject" in path] == []
