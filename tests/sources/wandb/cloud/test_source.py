"""W&B's real client against a server on this machine that speaks its protocol, faults included."""

import math
import time
from dataclasses import replace

import pytest
from wandb_server import KEY, Served, hang, serving, status, truncate

from runcompare.errors import AuthError, NetworkFailed, RateLimited, RunNotFound, ServerFailed, UsageError
from runcompare.records.history import History
from runcompare.records.run import Attempt, DeclaredMetric
from runcompare.sources.registry import remote_sources
from runcompare.sources.wandb.cloud.source import WandbCloud

pytest.importorskip("wandb")

RUN = "wandb://ent/proj/abcd1234"


def rows(n):
    axes = [{"_step": i, "_timestamp": 1.7e9 + i, "_runtime": float(i)} for i in range(n)]
    return [{**row, "loss": 1 / (row["_step"] + 1), "op/acc": row["_step"] / n} for row in axes]


def served(n=30, exported=0, **more):
    metadata = {"gpu": "NVIDIA A100", "gpu_count": 2, "cpu_count_logical": 16, "git": {"commit": "abc"}}
    config = {"lr": 0.1, "seed": 3, "model": {"width": 8}, "api_key": "hush-hush"}
    events = [{"_timestamp": 1.7e9 + i, "_runtime": float(i), "system.gpu.0.powerWatts": 100.0} for i in range(700)]
    summary = {"loss": 0.05, "_wandb": {"runtime": 31}}
    return Served(
        rows=rows(n), exported=exported, config=config, summary=summary, events=events, metadata=metadata, **more
    )


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", "40")
    with serving(served()) as running:
        monkeypatch.setenv("WANDB_BASE_URL", running.url)
        yield running


def read(location=RUN):
    return WandbCloud().read(location)


@pytest.mark.parametrize("exported", [0, 12, 30])
def test_the_whole_history_comes_from_exports_and_the_scan(server, exported):
    server.runs["abcd1234"].exported = exported
    run = read()
    assert run.history.frame.to_dicts() == rows(30)
    assert ("HistoryPage" in server.asked) == (exported < 30)
    assert not server.unknown


def test_what_is_known_besides_rows(server):
    run = read()
    assert (run.id, run.name, run.info.group, run.info.tags) == ("abcd1234", "run abcd1234", "mine", ("paper",))
    assert (run.info.state, run.seed, run.runtime_s) == ("finished", 3, 31.0)
    assert run.config["model"] == {"width": 8}
    assert "hush-hush" not in str(run)
    assert run.summary == {"loss": 0.05}
    assert (run.hardware.accelerator, run.hardware.accelerator_count) == ("NVIDIA A100", 2)
    assert run.metadata["git_commit"] == "c0ffee"
    assert len(run.system) == 700, "telemetry is not sampled"
    assert "gpu.0.powerWatts" in run.system.keys


def test_numbers_that_json_lacks(server):
    server.runs["abcd1234"].rows[5]["loss"] = math.nan
    server.runs["abcd1234"].rows[6]["loss"] = math.inf
    server.runs["abcd1234"].rows[7]["loss"] = "-Infinity"
    loss = read().history.frame["loss"].to_list()
    assert math.isnan(loss[5])
    assert loss[6:8] == [math.inf, -math.inf]


def test_mappings_in_the_summary_are_flat(server):
    server.runs["abcd1234"].summary = {"loss": {"min": 0.2}, "test": {"acc": 0.9}, "_wandb": {"runtime": 31}}
    assert read().summary == {"loss.min": 0.2, "test.acc": 0.9}


def test_what_the_run_and_its_sweep_say_of_metrics(server):
    server.runs["abcd1234"].own = {"m": [{"1": "loss", "7": [1]}, {"2": "op/*", "8": 2}]}
    server.runs["abcd1234"].sweep = {"metric": {"name": "loss", "goal": "minimize"}, "method": "random"}
    defined = "W&B's define_metric"
    assert set(read().declared) == {
        DeclaredMetric("loss", "min", source=defined),
        DeclaredMetric("op/acc", "maximize", source=defined),
        DeclaredMetric("loss", "minimize", selects=True, source="the sweep's metric"),
    }


def test_a_pause_is_no_part_of_an_attempt(server):
    run = server.runs["abcd1234"]
    run.rows = [row | {"_timestamp": row["_timestamp"] + (72_000 if i >= 20 else 0)} for i, row in enumerate(rows(30))]
    first, second = read().attempts
    assert first == Attempt(1.7e9, 1.7e9 + 19)
    assert second == Attempt(1.7e9 + 72_019, 1.7e9 + 72_031)
    kept = replace(read(), history=History(read().history.frame.head(25)))
    assert WandbCloud().read_since(RUN, kept).attempts == (first, second)


def test_several_runs_by_group(server):
    server.runs["other"] = served(id="other", group="theirs")
    server.runs["second"] = served(id="second")
    assert [i.id for i in WandbCloud().find("wandb://ent/proj?group=mine")] == ["abcd1234", "second"]


def test_a_run_that_grew_is_pulled_from_where_it_stood(server):
    kept = read()
    server.runs["abcd1234"].rows = [*rows(30), {"_step": 30, "_timestamp": 1.8e9, "_runtime": 30.0, "loss": 9.0}]
    server.asked.clear()
    run = WandbCloud().read_since(RUN, kept)
    assert len(run.history) == 31
    assert run.history.frame["loss"][30] == 9.0
    assert server.asked.count("HistoryPage") == 1


def test_the_fingerprint_changes_when_the_run_goes_on(server):
    before = WandbCloud().fingerprint(RUN)
    assert WandbCloud().fingerprint(RUN) == before
    server.runs["abcd1234"].rows = rows(31)
    assert WandbCloud().fingerprint(RUN) != before


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (status(401), AuthError),
        (status(403), AuthError),
        (status(429), RateLimited),
        (status(500), ServerFailed),
        (truncate("Viewer"), ServerFailed),
    ],
)
def test_faults_are_told_apart(server, fault, error):
    server.faults.append(fault)
    with pytest.raises(error) as caught:
        read()
    assert KEY not in str(caught.value)


def test_what_another_try_mends_is_mended(server):
    server.faults.append(status(429, times=2))
    assert len(read().history) == 30
    server.faults.append(status(503, times=1))
    assert len(read().history) == 30


def test_a_server_that_hangs_is_given_up_in_time(server, monkeypatch):
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", "2")
    server.faults.append(hang("Viewer"))
    started = time.monotonic()
    with pytest.raises(NetworkFailed):
        read()
    assert time.monotonic() - started < 10


def test_a_pull_that_breaks_off_is_marked_and_keeps_what_came(server, monkeypatch):
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", "14")
    server.runs["abcd1234"].exported = 12
    server.faults.append(hang("HistoryPage"))
    run = read()
    assert len(run.history) == 12
    assert run.metadata["partial"] is True
    assert any("broke off" in w for w in run.warnings)
    server.faults.clear()
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", "40")
    assert len(WandbCloud().read_since(RUN, run).history) == 30


def test_an_export_that_is_gone_comes_by_the_scan_or_is_reported(server, monkeypatch):
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", "12")
    server.runs["abcd1234"].exported = 12
    server.faults.append(status(404, on="GET /exports"))
    assert len(read().history) == 30


def test_a_damaged_export_comes_by_the_scan(server):
    server.runs["abcd1234"].exported = 12
    server.files["/exports/abcd1234.parquet"] = b"PAR1" + b"\0" * 500 + b"PAR1"
    assert len(read().history) == 30


def test_media_are_counted_and_lists_are_kept_alike_by_age(server):
    for i in (3, 20):
        server.runs["abcd1234"].rows[i] |= {"image": {"_type": "image-file", "path": "x"}, "l": [1, 2]}
    server.runs["abcd1234"].exported = 12
    run = read()
    assert any("2 logged media" in w for w in run.warnings)
    assert run.history.frame["l#json"].drop_nulls().to_list() == ["[1, 2]", "[1, 2]"]


def test_only_the_gpus_that_the_process_used_count(server):
    server.runs["abcd1234"].events[0]["system.gpu.process.1.powerWatts"] = 90.0
    assert read().hardware.accelerator_count == 1


@pytest.mark.parametrize("url", ["http://me:hidden@127.0.0.1:1", "http://[x", "no address", "http://127.0.0.1:1 2"])
def test_an_address_that_is_none_is_reported_without_its_password(server, monkeypatch, url):
    monkeypatch.setenv("WANDB_BASE_URL", url)
    with pytest.raises(UsageError) as caught:
        read()
    assert "hidden" not in str(caught.value)
    with pytest.raises(UsageError) as caught:
        WandbCloud().find("http://me:hidden@127.0.0.1:1/ent/proj/runs/abcd1234")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("body", [b"no JSON", b'{"data": "x"}', b"[" * 100_000])
def test_answers_that_are_none(server, body):
    server.faults.append(lambda handler, operation: handler.reply(200, body) or True)
    with pytest.raises((ServerFailed, AuthError)):
        read()


@pytest.mark.parametrize("filters", ["[1]", "NaN", "{", '[["a", 1]]'])
def test_filters_must_be_an_object(server, filters):
    with pytest.raises(UsageError):
        WandbCloud().find(f"wandb://ent/proj?filters={filters}")


def test_nobody_listens(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setenv("RUNCOMPARE_WANDB_DEADLINE", "3")
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(NetworkFailed):
        read()


def test_a_run_that_is_not_there(server):
    with pytest.raises(RunNotFound):
        read("wandb://ent/proj/nosuchid")


def test_without_a_login_nothing_is_asked(server, monkeypatch, tmp_path):
    monkeypatch.delenv("WANDB_API_KEY")
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    with pytest.raises(AuthError, match="no login"):
        read()
    assert not server.asked


def test_the_key_goes_to_no_other_server(server):
    with serving(served()) as other:
        with pytest.raises(UsageError, match="not your W&B server"):
            WandbCloud().find(f"{other.url}/ent/proj/runs/abcd1234")
        assert not other.asked
    (info,) = WandbCloud().find(f"{server.url}/ent/proj/runs/abcd1234")
    assert info.location == RUN


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("ent/proj/abcd1234", True),
        ("wandb://ent/proj", True),
        ("https://wandb.ai/ent/proj/runs/abcd1234", True),
        ("https://wandb.ai/ent/proj/runs/abcd1234/overview", True),
        ("https://example.org/", False),
        ("hjnqclgk", False),
        ("a/b", False),
        ("https://[x", False),
        ("../a/b", False),
        ("./runs/x", False),
        ("runs/seed/x.wandb", False),
        ("a/b/c/d", False),
    ],
)
def test_which_references_are_claimed(text, claimed):
    assert WandbCloud().claims(text) is claimed


def test_it_is_registered():
    assert "wandb-cloud" in remote_sources()
