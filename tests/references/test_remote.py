"""References that a tracker's server answers."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from found_runs import Make, found

from runcompare.errors import AmbiguousReference, AuthError, MissingExtra, NetworkFailed, RuncompareError, RunNotFound
from runcompare.records.run import Run, RunInfo
from runcompare.references import remote
from runcompare.references.resolve import resolve
from runcompare.store.store import Store


class Server:
    """Claims what has three parts or its own scheme."""

    def __init__(self, name: str, runs: list[Run] | None = None, error: RuncompareError | None = None) -> None:
        self.name = name
        self.runs = {f"{name}://x/{run.id}": run for run in runs or []}
        self.error = error
        self.asked: list[str] = []

    def claims(self, reference: str) -> bool:
        return reference.count("/") == 2 or reference.startswith(f"{self.name}://")

    def find(self, reference: str) -> list[RunInfo]:
        self.asked.append(reference)
        if self.error:
            raise self.error
        wanted = reference.rpartition("/")[2]
        return [dataclasses.replace(run.info, location=url) for url, run in self.runs.items() if run.id == wanted]

    def read(self, location: str) -> Run:
        return self.runs[location]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def serve(*servers: Server) -> None:
        monkeypatch.setattr(remote, "remote_sources", lambda: {s.name: s for s in servers})

    return serve


def far_run(run_id: str, state: Any = "finished") -> Run:
    info = RunInfo(run_id, f"far {run_id}", "cloud", "", entity="ent", project="proj", state=state)
    return Run(info, config={"seed": 0}, summary={"loss": 1.0})


def test_a_server_is_asked_for_what_nobody_has_here(some: list[Path], serve) -> None:
    cloud = Server("cloud", [far_run("far00000")])
    serve(cloud)
    group = resolve("m=ent/proj/far00000", roots=some)
    assert (found(group), group.label) == (["far00000"], "m")
    assert found(resolve("cloud://x/far00000", roots=some)) == ["far00000"]
    assert cloud.asked == ["ent/proj/far00000", "cloud://x/far00000"]
    assert found(resolve("a", roots=some)) == ["early000", "middle00"]
    assert len(cloud.asked) == 2


def test_a_local_run_or_path_wins(make: Make, tmp_path: Path, serve, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Server("cloud", [far_run("abcdefgh")])
    serve(cloud)
    make("abcdefgh", project="proj")
    make("groupedx", group="sweep/a/b")
    assert resolve("ent/proj/abcdefgh", roots=[tmp_path]).runs[0].info.source == "recorder"
    assert found(resolve("sweep/a/b", roots=[tmp_path])) == ["groupedx"]
    monkeypatch.chdir(tmp_path.parent)
    assert found(resolve(f"./{tmp_path.name}/abcdefgh", roots=[])) == ["abcdefgh"]
    assert cloud.asked == []


def test_an_entity_that_is_known_must_be_the_one_meant(tmp_path: Path) -> None:
    Store(tmp_path / "store").put(far_run("far00000"))
    assert found(resolve("ent/proj/far00000", roots=[], store=tmp_path / "store")) == ["far00000"]
    with pytest.raises(RunNotFound):
        resolve("tne/proj/far00000", roots=[], store=tmp_path / "store")


def test_two_servers_that_claim_it(some: list[Path], serve) -> None:
    serve(Server("cloud"), Server("other"))
    with pytest.raises(AmbiguousReference, match="could be a run of cloud, other"):
        resolve("ent/proj/far00000", roots=some)


@pytest.mark.parametrize(
    "error",
    [AuthError("No key."), NetworkFailed("No net."), RunNotFound("No such run."), MissingExtra("wandb", "wandb")],
)
def test_errors_of_a_server_say_that_nothing_is_here_either(some: list[Path], serve, error: RuncompareError) -> None:
    serve(Server("cloud", error=error))
    with pytest.raises(type(error), match="If a local run or path was meant"):
        resolve("ent/proj/far00000", roots=some)


def test_a_server_that_has_nothing(some: list[Path], serve) -> None:
    serve(Server("cloud"))
    with pytest.raises(RunNotFound, match="cloud has no run 'ent/proj/far00000'"):
        resolve("ent/proj/far00000@step=3", roots=some)


def test_the_stores_copy_of_a_run_that_ended_spares_the_server(tmp_path: Path, serve) -> None:
    Store(tmp_path / "store").put(far_run("far00000"))
    cloud = Server("cloud", [far_run("far00000")])
    serve(cloud)
    group = resolve("ent/proj/far00000", roots=[], store=tmp_path / "store")
    assert (found(group), cloud.asked) == (["far00000"], [])


def test_the_stores_copy_of_a_run_that_went_on_is_for_when_the_server_fails(tmp_path: Path, serve) -> None:
    Store(tmp_path / "store").put(far_run("far00000", state="running"))
    cloud = Server("cloud", [far_run("far00000")])
    serve(cloud)
    resolve("ent/proj/far00000", roots=[], store=tmp_path / "store")
    assert cloud.asked == ["ent/proj/far00000"]
    cloud.error = NetworkFailed("cloud did not answer.")
    group = resolve("ent/proj/far00000", roots=[], store=tmp_path / "store")
    assert found(group) == ["far00000"]
    assert any("could not be asked (cloud did not answer.)" in note for note in group.notes)
