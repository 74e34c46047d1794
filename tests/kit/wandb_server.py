"""A loopback server that speaks W&B's protocol to W&B's own client, with faults on demand."""

import io
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import polars as pl

KEY = "k3y0" * 10


@dataclass
class Served:
    """One run as the server has it. `exported` steps lie in Parquet files, the others are live."""

    id: str = "abcd1234"
    rows: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    group: str | None = "mine"
    tags: tuple[str, ...] = ("paper",)
    state: str = "finished"
    exported: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)  # W&B's part of the config
    sweep: dict[str, Any] = field(default_factory=dict)  # the sweep's config
    notes: str | None = None

    def node(self) -> dict[str, Any]:
        return {
            "id": f"gid-{self.id}", "projectId": "7", "tags": list(self.tags), "name": self.id,
            "displayName": f"run {self.id}", "sweepName": "sw1" if self.sweep else None, "state": self.state,
            "group": self.group, "jobType": None, "commit": "c0ffee", "readOnly": False,
            "createdAt": "2026-01-02T03:04:05", "heartbeatAt": "2026-01-02T04:04:05",
            "description": None, "notes": self.notes,
            "config": json.dumps({k: {"value": v, "desc": None} for k, v in (self.config | self.wrapped).items()}),
            "summaryMetrics": json.dumps(self.summary), "systemMetrics": "{}",
            "historyLineCount": len(self.rows), "user": {"name": "me", "username": "me"},
            "historyKeys": {"lastStep": self.last_step, "keys": {}},
        }  # fmt: skip

    @property
    def wrapped(self) -> dict[str, Any]:
        return {"_wandb": self.own} if self.own else {}

    @property
    def last_step(self) -> int:
        return max((row["_step"] for row in self.rows), default=-1)


Fault = Callable[["Handler", str], bool]  # True if it has answered


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def log_message(self, *_: Any) -> None: ...

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if urlsplit(self.path).path.endswith("/file_stream"):
            self.stream(json.loads(body))
            return
        try:
            question = json.loads(body)
        except ValueError:
            self.reply(400, b"{}")
            return
        named = re.search(r"(?:query|mutation)\s+(\w+)", question.get("query", ""))
        operation = named[1] if named else ""
        self.server.asked.append(operation)
        self.server.logins.append(self.headers.get("Authorization", ""))
        for fault in self.server.faults:
            if fault(self, operation):
                return
        answer = getattr(self, f"on_{operation}", None)
        data = answer(question.get("variables") or {}, question["query"]) if answer else {}
        if answer is None:
            self.server.unknown.append((operation, question["query"]))
        self.reply(200, json.dumps({"data": data}).encode())

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append(f"GET {path}")
        for fault in self.server.faults:
            if fault(self, f"GET {path}"):
                return
        body = self.server.files.get(path)
        if body is None:
            self.reply(404, b"")
            return
        span = self.headers.get("Range")
        if not span:
            self.reply(200, body)
            return
        first, _, last = span.removeprefix("bytes=").partition("-")
        start, end = (
            (int(first), int(last) if last else len(body) - 1) if first else (len(body) - int(last), len(body) - 1)
        )
        end = min(end, len(body) - 1)
        self.reply(206, body[start : end + 1], {"Content-Range": f"bytes {start}-{end}/{len(body)}"})

    def do_PUT(self) -> None:
        """A file that is uploaded, kept by its path."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.files[urlsplit(self.path).path] = body
        self.reply(200, b"")

    def do_HEAD(self) -> None:
        body = self.server.files.get(urlsplit(self.path).path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def run(self, variables: dict[str, Any]) -> Served | None:
        return self.server.runs.get(str(variables.get("name") or variables.get("runName") or variables.get("run")))

    def on_Viewer(self, _: dict[str, Any], __: str) -> dict[str, Any]:
        if not self.headers.get("Authorization"):
            return {"viewer": None}
        about = {"id": "u1", "entity": "ent", "username": "me", "email": "me@example.org", "flags": "{}"}
        return {"viewer": {**about, "name": "me", "teams": {"edges": []}, "featureFlags": []}}

    def on_CreateRunFiles(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        run = str(variables["run"])
        url = f"http://127.0.0.1:{self.server.server_port}/files/{run}"
        files = [{"name": name, "uploadUrl": f"{url}/{name}"} for name in variables["files"]]
        return {"createRunFiles": {"runID": f"gid-{run}", "uploadHeaders": [], "files": files}}

    def stream(self, sent: dict[str, Any]) -> None:
        """What a run that is going on sends of its files."""
        self.server.asked.append("file_stream")
        run = self.server.runs.get(urlsplit(self.path).path.split("/")[-2])
        if run is not None and sent.get("complete"):
            run.state = "finished" if not sent.get("exitcode") else "failed"
        self.reply(200, b"{}")

    def on_UpsertBucket(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        """A run that begins, or what the public API changes of one; all else must stay as it was."""
        run = next((run for run in self.server.runs.values() if f"gid-{run.id}" == variables.get("id")), None)
        if run is None:
            run = Served(str(variables["name"]), tags=tuple(variables.get("tags") or ()), state="running")
            self.server.runs[run.id] = run
            project = {"id": "7", "name": variables["project"], "entity": {"id": "e1", "name": "ent"}}
            return {"upsertBucket": {"bucket": {**run.node(), "project": project}, "inserted": True}}
        if "summaryMetrics" in variables:
            run.summary = json.loads(variables["summaryMetrics"])
        if "notes" in variables:
            run.notes = variables["notes"]
        if "tags" in variables:
            run.tags = tuple(variables["tags"])
        return {"upsertBucket": {"bucket": run.node()}}

    def on_ProjectInternalId(self, _: dict[str, Any], __: str) -> dict[str, Any]:
        return {"project": {"id": "7", "internalId": "7"}}

    def on_GetProjects(self, _: dict[str, Any], __: str) -> dict[str, Any]:
        project = {"id": "7", "name": "proj", "entityName": "ent", "createdAt": "2026-01-02", "isBenchmark": False}
        project["user"] = {"id": "u1", "name": "me", "username": "me", "email": "me@example.org", "entity": "ent"}
        project["user"] |= {
            "deletedAt": None,
            "apiKeys": {"edges": []},
            "teams": {"edges": []},
            "admin": False,
            "flags": "{}",
        }
        page = {"endCursor": None, "hasNextPage": False}
        return {"models": {"edges": [{"node": project, "cursor": "1"}], "pageInfo": page}}

    def on_upsertView(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        """A report that is saved."""
        self.server.reports.append(variables)
        about = {"id": "VmlldzoxMjM=", "type": "runs", "updatedAt": "2026-01-02T03:04:05", "spec": variables["spec"]}
        about |= {"name": variables["name"], "displayName": variables["displayName"], "description": ""}
        project = {"id": "7", "name": variables["projectName"], "entityName": variables["entityName"]}
        return {"upsertView": {"view": {**about, "project": project}, "inserted": True}}

    def on_GetDefaultEntity(self, _: dict[str, Any], __: str) -> dict[str, Any]:
        return {"viewer": {"id": "u1", "entity": "ent"}}

    def on_Run(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        run = self.run(variables)
        return {"project": {"run": run.node() if run else None}}

    def on_Runs(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        wanted = json.loads(variables.get("filters") or "{}")
        runs = [r for r in self.server.runs.values() if wanted.get("group") in (None, r.group)]
        edges = [{"node": r.node(), "cursor": r.id} for r in runs]
        page = {"endCursor": None, "hasNextPage": False}
        return {
            "project": {
                "internalId": "7",
                "runCount": len(runs),
                "readOnly": False,
                "runs": {"edges": edges, "pageInfo": page},
            }
        }

    def on_GetSweep(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        config = next(run.sweep for run in self.server.runs.values() if run.sweep)
        sweep = {"id": "gid-sw1", "name": "sw1", "config": json.dumps(config), "state": "FINISHED"}
        return {"project": {"sweep": sweep}}

    def on_RunHistoryKeys(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        run = self.run(variables)
        return {"project": {"run": {"historyKeys": run.node()["historyKeys"] if run else None}}}

    def on_RunFullHistory(self, variables: dict[str, Any], query: str) -> dict[str, Any]:
        run = self.run(variables)
        assert run is not None
        node = "events" if "events" in query else "history"
        return {"project": {"run": {node: [json.dumps(row) for row in (run.events if node == "events" else run.rows)]}}}

    def on_RunParquetHistory(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        run = self.run(variables)
        assert run is not None
        urls = []
        if run.exported:
            path = f"/exports/{run.id}.parquet"
            buffer = io.BytesIO()
            pl.DataFrame(run.rows[: run.exported], infer_schema_length=None).write_parquet(buffer)
            self.server.files.setdefault(path, buffer.getvalue())
            urls = [f"http://127.0.0.1:{self.server.server_port}{path}"]
        live = run.rows[run.exported :]
        tail = [{"_step": row["_step"]} for row in live]
        return {"project": {"run": {"parquetHistory": {"parquetUrls": urls, "liveData": tail}}}}

    def on_HistoryPage(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        run = self.run(variables)
        assert run is not None
        low, high = int(variables["minStep"]), int(variables["maxStep"])
        return {"project": {"run": {"history": [json.dumps(r) for r in run.rows if low <= r["_step"] < high]}}}

    def on_RunFiles(self, variables: dict[str, Any], _: str) -> dict[str, Any]:
        run = self.run(variables)
        assert run is not None
        top = f"/files/{run.id}/"
        if run.metadata:
            self.server.files[f"{top}wandb-metadata.json"] = json.dumps(run.metadata).encode()
        there = {path.removeprefix(top): body for path, body in self.server.files.items() if path.startswith(top)}
        wanted = variables.get("fileNames") or there
        edges = [{"node": self.file(top, name), "cursor": name} for name in there if name in wanted]
        page = {"endCursor": None, "hasNextPage": False}
        return {
            "project": {
                "internalId": "7",
                "run": {"fileCount": len(edges), "files": {"edges": edges, "pageInfo": page}},
            }
        }

    def file(self, top: str, name: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.server.server_port}{top}{name}"
        size = str(len(self.server.files[f"{top}{name}"]))
        about = {"sizeBytes": size, "mimetype": "application/json", "updatedAt": None, "md5": "x"}
        return {"id": "f1", "name": name, "url": url, "directUrl": url, **about}


@contextmanager
def serving(*runs: Served) -> Iterator[Any]:
    """The server, with its `runs`, `faults`, and what it was `asked`; its address is `url`."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.runs = {run.id: run for run in runs}
    server.faults, server.asked, server.unknown, server.files, server.logins = [], [], [], {}, []
    server.reports = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def status(code: int, times: int = 1_000_000, on: str = "") -> Fault:
    """Answer with an error, so many times, to operations that begin with `on`."""
    left = [times]

    def fault(handler: Handler, operation: str) -> bool:
        if not operation.startswith(on) or left[0] <= 0:
            return False
        left[0] -= 1
        handler.reply(code, b"{}")
        return True

    return fault


def hang(on: str) -> Fault:
    def fault(handler: Handler, operation: str) -> bool:
        if operation.startswith(on):
            time.sleep(30)
            return True
        return False

    return fault


def truncate(on: str) -> Fault:
    """Half a JSON document."""

    def fault(handler: Handler, operation: str) -> bool:
        if operation.startswith(on):
            handler.reply(200, b'{"data": {"project": {"run"')
            return True
        return False

    return fault
