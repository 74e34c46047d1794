"""What a tracking server's answers become."""

import math
import os
import random
from typing import Any

import pytest
from mlflow_answers import RUN, good, server

from runcompare.errors import (
    RuncompareError,
    ServerFailed,
    TrackerError,
)
from runcompare.records.as_json import plain, run_document
from runcompare.sources.mlflow import http as mlflow_http
from runcompare.sources.mlflow import server as mlflow_server
from runcompare.sources.mlflow.server import MlflowServer

pytest.importorskip("urllib3")


pytest.importorskip("tenacity")


MUTATIONS = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(mlflow_http, "_LONGEST_PAUSE_S", 0.05)


def test_pages_are_followed() -> None:
    with server(good) as place:
        run = MlflowServer().read(f"mlflow+http://{place}/{RUN}")
    assert run.history.frame.columns == ["_step", "_timestamp", "a", "b/c"]
    assert run.history.series("b/c").value.tolist() == list(range(7))
    assert run.history.series("a").time.tolist() == [1 + i / 1000 for i in range(7)]
    assert (run.info.project, run.seed) == ("e", 3)


def test_pages_that_go_round_in_circles_end() -> None:
    def answer(path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        status, body = good(path, {}, headers)
        return status, {**body, "next_page_token": "again"} if path == "metrics/get-history" else body

    with server(answer) as place, pytest.raises(ServerFailed, match="circles"):
        MlflowServer().read(f"mlflow+http://{place}/{RUN}")


def test_values_that_are_none_are_counted() -> None:
    odd = [
        {"value": "NaN", "timestamp": 1, "step": 0},
        {"value": "-Infinity", "timestamp": 2, "step": 1},
        {"value": 1.7976931348623157e308, "timestamp": 3, "step": 2},
        {"value": "x", "timestamp": 4, "step": 3},
        {"value": None, "timestamp": 5, "step": 4},
        {"value": 1.0, "timestamp": "soon", "step": 5},
        {"value": 1.0, "timestamp": 6, "step": 2**64},
        "rubbish",
    ]

    def answer(path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        return (200, {"metrics": odd}) if path == "metrics/get-history" else good(path, fields, headers)

    with server(answer) as place:
        run = MlflowServer().read(f"mlflow+http://{place}/{RUN}")
    value = run.history.series("a").value
    assert math.isnan(value[0])
    assert value[1:].tolist() == [-math.inf, math.inf]
    assert run.lost.records == 10
    assert any("10 values" in w for w in run.warnings)


def test_errors_of_one_metric_are_errors_of_the_run() -> None:
    def answer(path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        return (500, b"") if fields.get("metric_key") == "b/c" else good(path, fields, headers)

    with server(answer) as place, pytest.raises(TrackerError):
        MlflowServer(deadline_s=1).read(f"mlflow+http://{place}/{RUN}")


class Scrambled:
    """Answers in which a value or a whole part has become something else, always JSON."""

    rng = random.Random(2)
    odd = (None, True, -1, 1.5, 2**70, "x", "NaN", [], [[]], {}, {"key": []}, "\ud800", math.nan, {"": {"": 0}})

    def __init__(self, base: str, deadline_s: float) -> None:
        self.base = base

    def get(self, path: str, **fields: Any) -> dict[str, Any]:
        if not str(fields.get("page_token", 0)).lstrip("-").isdigit():
            raise ServerFailed("No such page.")
        body = self._scrambled(good(path, {k: str(v) for k, v in fields.items()}, {})[1])
        return body if isinstance(body, dict) else {}

    def _scrambled(self, value: Any) -> Any:
        if self.rng.random() < 0.03:
            return self.rng.choice(self.odd)
        if isinstance(value, dict):
            return {k: self._scrambled(v) for k, v in value.items() if self.rng.random() < 0.98}
        return [self._scrambled(v) for v in value] if isinstance(value, list) else value


def test_any_answer_gives_our_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_server, "Api", Scrambled)
    read = 0
    for _ in range(MUTATIONS):
        try:
            (info,) = MlflowServer().find(f"mlflow+http://h/{RUN}")
            plain(run_document(MlflowServer().read(info.location)))
            read += 1
        except RuncompareError:
            continue
    assert read > MUTATIONS // 10
