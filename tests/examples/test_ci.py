"""The examples for continuous integration: read by a YAML parser, and their scripts run with a shell."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
CI = ROOT / "examples" / "ci"
FILES = sorted(CI.rglob("*.yml"))


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


ACTION = read(CI / "gate-action" / "action.yml")
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def programs(folder: Path, **scripts: str) -> str:
    """A PATH that begins with programs of ours."""
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755 | stat.S_IXUSR)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


RUNCOMPARE = f"#!/bin/sh\nexec '{sys.executable}' -m runcompare \"$@\"\n"


def judge(tmp_path: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
    """The step that judges, run as GitHub runs it: what it printed, its outputs, the job's summary."""
    step = STEPS["Judge"]
    given = {key: str(value["default"]) for key, value in ACTION["inputs"].items() if "default" in value}
    given |= {"output": str(tmp_path / "out"), "runs": str(ROOT / "examples" / "runs"), **inputs}
    env = {name: given[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text)[1]] for name, text in step["env"].items()}
    files = {"GITHUB_STEP_SUMMARY": tmp_path / "summary", "GITHUB_OUTPUT": tmp_path / "outputs"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={
            **os.environ,
            **env,
            **{name: str(path) for name, path in files.items()},
            "PATH": programs(tmp_path / "bin", runcompare=RUNCOMPARE),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
    )
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return done, outputs, files["GITHUB_STEP_SUMMARY"].read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_they_are_yaml(path):
    assert isinstance(read(path), dict)


def test_no_expression_stands_in_a_shell_script():
    """`${{ ... }}` in a script is its text: a branch called `$(...)` would be run."""
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), step["name"]
        assert step["shell"] == "bash"
    for job in read(CI / "github-workflow.yml")["jobs"].values():
        assert all("${{" not in step.get("run", "") for step in job["steps"])


def test_forks_get_no_secrets_and_no_comment():
    workflow = (CI / "github-workflow.yml").read_text(encoding="utf-8")
    assert read(CI / "github-workflow.yml")["on"] == "pull_request"
    assert "secrets." not in workflow
    condition = STEPS["Comment"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition


def test_every_input_that_is_used_is_declared_and_the_other_way_round():
    text = (CI / "gate-action" / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])


@pytest.mark.parametrize("name", list(STEPS))
def test_scripts_are_bash(name):
    done = subprocess.run(["bash", "-n", "-c", STEPS[name]["run"]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_gate_that_fails_is_annotated_summed_up_and_told(tmp_path):
    done, outputs, summary = judge(tmp_path, candidate="baseline32", baseline="v3")
    assert done.returncode == 0, done.stderr
    assert "::error title=runcompare gate%3A worse::FAIL" in done.stdout
    assert outputs == {"outcome": "fail", "exit-code": "1"}
    assert summary.startswith("<!-- runcompare gate -->")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"comment.md", "gate.xml", "gate.sarif", "gate.json"}


@pytest.mark.parametrize("name", ["$(touch pwned)", "`touch pwned`", "x; touch pwned", "--help", "a\n::error::x"])
def test_no_name_is_run_or_taken_for_a_flag(tmp_path, name):
    done, outputs, summary = judge(tmp_path, candidate=name, baseline="v3")
    assert outputs == {"outcome": "error", "exit-code": "3"}
    assert "could not judge" in summary
    assert not (tmp_path / "pwned").exists()
    assert "::error::x" not in done.stdout.splitlines()


GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in *--paginate*) printf '%s' "$IDS" ;; esac
"""


@pytest.mark.parametrize(
    ("ids", "call"), [("", "POST repos/o/r/issues/7/comments"), ("12\n34\n", "PATCH repos/o/r/issues/comments/12")]
)
def test_one_comment_is_made_and_then_replaced(tmp_path, ids, call):
    if shutil.which("jq") is None:
        pytest.skip("jq, which GitHub's machines have, is not installed")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "comment.md").write_text('<!-- runcompare gate -->\n"quoted" $(x)\n')
    env = {"PATH": programs(tmp_path / "bin", gh=GH), "CALLS": str(tmp_path / "calls"), "IDS": ids}
    env |= {"GITHUB_REPOSITORY": "o/r", "PULL": "7", "OUTPUT": str(tmp_path / "out"), "GH_TOKEN": "t"}
    subprocess.run(["bash", "-c", STEPS["Comment"]["run"]], env={**os.environ, **env}, check=True)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == 2
    assert call in calls[1]
    body = json.loads((tmp_path / "out" / "comment.json").read_text())["body"]
    assert body == '<!-- runcompare gate -->\n"quoted" $(x)\n'


def test_only_a_bots_comment_that_begins_with_the_marker_is_replaced():
    script = STEPS["Comment"]["run"]
    assert 'select(.user.type == "Bot")' in script
    assert 'startswith("<!-- runcompare gate -->")' in script


@pytest.mark.parametrize("there", [True, False])
def test_the_note_of_gitlab_is_made_and_then_replaced(tmp_path, there):
    """The script of `after_script`, against a server that answers as GitLab does."""
    asked: list[tuple[str, str, Any]] = []
    notes = [{"id": 5, "author": {"id": 9}, "body": "<!-- runcompare gate --> by another"}]
    notes += [{"id": 6, "author": {"id": 1}, "body": "<!-- runcompare gate --> old"}] if there else []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            asked.append((self.command, self.path, json.loads(self.rfile.read(size) or b"null")))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"id": 1} if self.path.endswith("/user") else notes).encode())

        do_POST = do_PUT = do_GET

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    (tmp_path / "comment.md").write_text("<!-- runcompare gate --> new")
    (script,) = read(CI / "gitlab-ci.yml")["runcompare-gate"]["after_script"]
    env = {
        "CI_API_V4_URL": f"http://127.0.0.1:{server.server_port}",
        "CI_PROJECT_ID": "3",
        "CI_MERGE_REQUEST_IID": "4",
        "PATH": programs(tmp_path / "bin", python=f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n"),
    }
    try:
        subprocess.run(["sh", "-c", script], cwd=tmp_path, env={**os.environ, **env}, check=True)
        assert asked == []  # no token, nothing asked
        env["RUNCOMPARE_TOKEN"] = "t"
        subprocess.run(["sh", "-c", script], cwd=tmp_path, env={**os.environ, **env}, check=True)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    where = "/projects/3/merge_requests/4/notes"
    wanted = ("PUT", f"{where}/6") if there else ("POST", where)
    assert asked[-1] == (*wanted, {"body": "<!-- runcompare gate --> new"})
