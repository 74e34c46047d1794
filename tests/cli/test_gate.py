"""`runcompare gate`: its exit codes, its files, and what it sends where the user says so."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from commands import call

import runcompare

GATE = ("gate", "v3", "baseline32", "--fail-on")


@pytest.fixture(autouse=True)
def _shipped_runs(monkeypatch):
    monkeypatch.setenv("RUNCOMPARE_RUNS", str(Path(__file__).parents[2] / "examples" / "runs"))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((*GATE, "worse"), 0, "Gate passed: v3 is better"),
        ((*GATE, "worse,guardrail,dominated,cost>1.5x,cant-tell"), 0, "Gate passed: v3 is better"),
        (("gate", "baseline32", "v3"), 1, "Gate failed (worse): baseline32 is worse"),
        (("gate", "hjnqclgk", "baseline32", "--fail-on", "worse,cost>1.5x"), 1, "Gate failed (cost>1.5x)"),
        ((*GATE, "energy>2x"), 3, "Gate could not judge (energy>2x)"),
    ],
)
def test_exit_codes(capsysbinary, words, code, says):
    found, out, err = call(capsysbinary, *words)
    assert (found, err) == (code, "")
    assert out.decode().startswith(says)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((*GATE, "wrose"), 2, "Did you mean 'worse'?"),
        ((*GATE, "worse", "-o", "gate.docx"), 2, ".sarif"),
        ((*GATE, "worse", "--webhook", "ftp://x"), 2, "https"),
        ((*GATE, "worse", "--webhook", "http://example.org/x"), 2, "https"),
        (("gate", "nothere", "baseline32"), 3, "nothere"),
    ],
)
def test_what_can_not_be_judged_at_all_says_so_on_stderr(capsysbinary, words, code, says):
    found, out, err = call(capsysbinary, *words)
    assert (found, out) == (code, b"")
    assert says in err


def test_files_by_their_suffix_beside_the_format_of_stdout(capsysbinary, tmp_path):
    files = [tmp_path / name for name in ("g.xml", "g.sarif", "g.json", "g.md", "g.txt")]
    options = [word for file in files for word in ("-o", file)]
    code, out, _ = call(capsysbinary, "gate", "baseline32", "v3", "--format", "github", *options)
    assert code == 1
    assert out.decode().splitlines()[1].startswith("::error title=runcompare gate%3A worse::FAIL: NRMSE +28 %25")
    assert Xml.fromstring(files[0].read_bytes()).find(".//failure") is not None
    assert json.loads(files[1].read_text())["runs"][0]["results"][0]["ruleId"] == "worse"
    assert json.loads(files[2].read_text())["outcome"] == "fail"
    assert files[3].read_text().startswith("<!-- runcompare gate -->")
    assert files[4].read_text().startswith("Gate failed")


def test_settings_and_environment_name_the_conditions_and_a_flag_goes_before_them(capsysbinary, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.runcompare]\ngate = ["energy>2x", "worse"]\n')
    assert call(capsysbinary, "gate", "v3", "baseline32")[0] == 3
    assert call(capsysbinary, *GATE, "worse")[0] == 0
    monkeypatch.setenv("RUNCOMPARE_GATE", "worse,time>0.5x")
    assert call(capsysbinary, "gate", "v3", "baseline32")[0] == 1


def test_guardrails_that_are_named_are_conditions_by_default():
    gate = runcompare.gate("v3", "baseline32", guardrails=["eval/operator_nrmse:min:20%"])
    assert [(str(one.condition), one.state) for one in gate.judged] == [("worse", "pass"), ("guardrail", "pass")]


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[bytes]]]:
    """A server that keeps what it is sent; /gone answers with 404."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(404 if self.path == "/gone" else 200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_webhook_gets_the_message_and_only_if_it_is_named(capsysbinary, webhook):
    address, got = webhook
    assert call(capsysbinary, *GATE, "worse")[0] == 0
    assert got == []
    assert call(capsysbinary, *GATE, "worse", "--webhook", f"{address}/hook")[0] == 0
    assert json.loads(got[0])["blocks"][0]["text"]["text"].endswith("Gate passed: v3 is better: NRMSE 22 % lower")


def test_a_webhook_that_fails_changes_no_exit_code_and_is_not_told(capsysbinary, webhook):
    code, out, err = call(capsysbinary, *GATE, "worse", "--webhook", f"{webhook[0]}/gone")
    assert code == 0
    assert out
    assert "status 404" in err
    assert "/gone" not in err
    code, _, err = call(capsysbinary, "gate", "baseline32", "v3", "--webhook", "http://127.0.0.1:1/secret")
    assert code == 1
    assert "could not be reached" in err
    assert "secret" not in err
