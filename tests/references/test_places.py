"""References into configs, the store and servers, and what follows an @."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcompare import Recorder
from runcompare.errors import (
    AmbiguousReference,
    AuthError,
    DataError,
    MissingExtra,
    NetworkFailed,
    RuncompareError,
    RunNotFound,
    UsageError,
)
from runcompare.records.run import Group, Run, RunInfo
from runcompare.references import remote
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs, read_run
from runcompare.sources.recorder.source import RecorderFiles
from runcompare.store.store import Store

Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a real one."""
    monkeypatch.setattr(remote, "remote_sources", dict)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(run_id: str, *, values: tuple[float, ...] = (1.0, 0.5), config: Any = None, **more: Any) -> Path:
        with Recorder(tmp_path / run_id, id=run_id, config=config or {"seed": 0}, **more) as log:
            for step, value in enumerate(values):
                log.log({"loss": value, "acc": 1 - value}, step=10 * step)
            log.summary({"eval/nrmse": values[-1] / 10})
        return tmp_path / run_id

    return make


@pytest.fixture
def some(make: Make, tmp_path: Path) -> list[Path]:
    make("early000", values=(0.9, 0.3), config={"seed": 0, "opt": {"lr": 0.1, "name": "adam"}}, group="a")
    make("middle00", values=(0.9, 0.2), config={"seed": 1, "opt": {"lr": 0.1, "name": "adam"}}, group="a")
    make("late0000", values=(0.9, 0.4, 0.25), config={"seed": 0, "opt": {"lr": 1e-3, "name": "sgd"}}, group="b")
    return [tmp_path]


def found(group: Group) -> list[str]:
    return sorted(run.id for run in group.runs)


@pytest.mark.parametrize(
    ("reference", "expected", "label"),
    [
        ("config:opt.lr=0.1", ["early000", "middle00"], "opt.lr=0.1"),
        ("config:opt.lr=1e-1", ["early000", "middle00"], "opt.lr=1e-1"),
        ("config:opt.lr = .001", ["late0000"], "opt.lr = .001"),
        ("config:opt.name=sgd", ["late0000"], "opt.name=sgd"),
        ("config:seed=1.0", ["middle00"], "seed=1.0"),
        ("x=config:seed=1", ["middle00"], "x"),
        ("@latest", ["late0000"], "late0000"),
        ("a@latest", ["middle00"], "middle00"),
        ("config:opt.name=adam@latest", ["middle00"], "middle00"),
        ("@best:loss", ["middle00"], "middle00"),
        ("@best:acc", ["middle00"], "middle00"),
        ("@best:eval/nrmse", ["middle00"], "middle00"),
        ("name:*000@best:loss", ["late0000"], "late0000"),
        ("new=@best:loss", ["middle00"], "new"),
        ("a@step=0", ["early000@step=0", "middle00@step=0"], "a@step=0"),
        ("old=late0000@step=10", ["late0000@step=10"], "old"),
        ("late0000@step=1e9", ["late0000"], "late0000@step=1e9"),
        ("@latest@step=10", ["late0000@step=10"], "late0000@step=10"),
    ],
)
def test_references(some: list[Path], reference: str, expected: list[str], label: str) -> None:
    group = resolve(reference, roots=some)
    assert (found(group), group.label, group.reference) == (expected, label, reference)


def test_what_follows_an_at_goes_from_left_to_right(make: Make, tmp_path: Path) -> None:
    make("aaaa0000", values=(0.5, 0.1))
    make("bbbb0000", values=(0.2, 0.3))
    assert found(resolve("@step=0@best:loss", roots=[tmp_path])) == ["bbbb0000@step=0"]
    assert found(resolve("@best:loss@step=0", roots=[tmp_path])) == ["aaaa0000@step=0"]


def test_notes_say_which_run_and_why(some: list[Path]) -> None:
    (note,) = resolve("@best:loss", roots=some).notes
    assert note == "The best by loss (lowest, 0.2) of 3 runs is middle00."
    (note,) = resolve("@best:acc", roots=some).notes
    assert "highest, 0.8" in note
    (note,) = resolve("@latest", roots=some).notes
    assert note.startswith("The latest (20")
    (note,) = resolve("late0000@step=10", roots=some).notes
    assert note == "@step=10: the first 2 of 3 rows; left out of the summary: eval/nrmse."
    (note,) = resolve("a@step=99", roots=some).notes
    assert note == "@step=99 cuts nothing off: no row comes later (2 runs)."


def test_what_a_run_is_called_wins(make: Make, tmp_path: Path) -> None:
    names = ["x@latest", "id:other000", "lr=0.1", "m=x@step=3", "config:lr=1", "a/b/c@best:x"]
    for i, name in enumerate(names):
        make(f"named00{i}", name=name)
    make("other000")
    for i, name in enumerate(names):
        assert found(resolve(name, roots=[tmp_path])) == [f"named00{i}"]
        assert found(resolve(f"mine={name}", roots=[tmp_path])) == [f"named00{i}"]
        cut = resolve(f"mine={name}@step=0", roots=[tmp_path])
        assert (found(cut), cut.label) == ([f"named00{i}@step=0"], "mine")


def test_an_alias_may_hold_all_of_it(some: list[Path]) -> None:
    group = resolve("top@step=0", roots=some, aliases={"top": "a@best:loss"})
    assert (found(group), group.label) == (["middle00@step=0"], "top@step=0")
    assert group.notes[0] == "'top' is an alias of 'a@best:loss'."


@pytest.mark.parametrize(
    ("reference", "kind", "match"),
    [
        ("config:opt.lr=0.2", RunNotFound, r"opt\.lr = 0\.1 \(2\), 0\.001 \(1\)"),
        ("config:opt.l=0.1", RunNotFound, r"Did you mean 'opt\.lr'"),
        ("config:zzzz=0.1", RunNotFound, "No run's config has the key 'zzzz'"),
        ("config:opt.lr", UsageError, "has no value"),
        ("config:=1", UsageError, "has no value"),
        ("config:seed=0", AmbiguousReference, r"opt\.lr: 0\.1 / 0\.001"),
        ("@best:los", RunNotFound, "Did you mean 'loss'"),
        ("@best:", UsageError, "names no metric"),
        ("a@step=", UsageError, "number of steps"),
        ("a@step=ten", UsageError, "number of steps"),
        ("a@step=-1", DataError, "its first step is 0"),
        ("a@stage=", UsageError, "names no stage"),
        ("a@stage=eval", UsageError, "has no stage 'eval'"),
        ("a@latst", RunNotFound, "Did you mean '@latest'"),
        ("a@foo", RunNotFound, "After an @ comes one of @best:METRIC"),
        ("grop:a", RunNotFound, "Did you mean 'group:a'"),
        ("nope@step=3", RunNotFound, "No run matches 'nope'"),
        ("m=nope@latest", RunNotFound, "No run matches 'nope'"),
        ("@", RunNotFound, "After an @"),
        ("@step=0", AmbiguousReference, "not replicates"),
    ],
)
def test_errors_are_one_line_and_a_hint(some: list[Path], reference: str, kind: type, match: str) -> None:
    with pytest.raises(kind, match=match) as caught:
        resolve(reference, roots=some)
    assert caught.value.message.count("\n") == 0
    assert caught.value.hint


def test_ties_are_refused(make: Make, tmp_path: Path) -> None:
    make("aaaa0000")
    make("bbbb0000")
    with pytest.raises(AmbiguousReference, match=r"share the best loss, 0\.5: aaaa0000, bbbb0000"):
        resolve("@best:loss", roots=[tmp_path])


def test_not_a_number_is_never_the_best(make: Make, tmp_path: Path) -> None:
    make("aaaa0000", values=(float("nan"),))
    make("bbbb0000", values=(float("-inf"),))
    make("cccc0000", values=(5.0,))
    group = resolve("@best:loss", roots=[tmp_path])
    assert found(group) == ["cccc0000"]
    assert "2 without a finite value" in group.notes[0]


def test_a_member_that_can_not_be_cut_is_left_out_and_said(make: Make, tmp_path: Path) -> None:
    make("aaaa0000", group="g")
    with Recorder(tmp_path / "empty", id="empty000", group="g", config={"seed": 1}):
        pass
    group = resolve("g@step=0", roots=[tmp_path])
    assert found(group) == ["aaaa0000@step=0"]
    assert any(note.startswith("Left out: empty000 can't be cut") for note in group.notes)


def test_damaged_runs_have_no_config(some: list[Path]) -> None:
    (some[0] / "early000" / "record.jsonl").write_bytes(b"garbage")
    assert found(resolve("config:opt.lr=0.1", roots=some)) == ["middle00"]


def test_entity_project_and_id_of_a_local_run(make: Make, tmp_path: Path) -> None:
    make("abcdefgh", project="proj")
    assert found(resolve("ent/proj/abcdefgh", roots=[tmp_path])) == ["abcdefgh"]
    with pytest.raises(RunNotFound):
        resolve("ent/other/abcdefgh", roots=[tmp_path])


def test_a_quick_look_at_a_config_is_what_reading_gives(make: Make, tmp_path: Path) -> None:
    make("aaaa0000", config={"seed": 0, "api_key": "0123456789abcdef0123456789abcdef01234567", "n": [1, {"a": None}]})
    shipped = Path(__file__).parents[2] / "examples" / "runs"
    infos = [info for info in list_runs([tmp_path, shipped]).runs if info.source == "recorder"]
    assert len(infos) > 5
    for info in infos:
        assert RecorderFiles().config(info.location) == read_run(info).config


def test_a_part_of_a_run_is_not_trained_again(some: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    from runcompare.cli import main

    with pytest.raises(SystemExit) as stop:
        main(["replicate", "late0000@step=10", "--seeds", "2", "--runs", str(some[0])])
    assert stop.value.code == 2
    assert "part of a run" in capsys.readouterr().err


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    for i in range(3):
        with Recorder(root / str(i), id=f"ab{i}", name=f"n{i}", group="g", config={"seed": i, "k": "v"}) as log:
            log.log({"loss": float(i)})
    return root


PIECES = ["g", "ab0", "ab", "n1", "id:", "name:", "config:", "k", "=", "v", "@", "step", "latest", "best:", "loss", "/"]
PIECES += ["stage=", "1", "*", "[", "..", "~", ".yaml", "\0", " ", "http://", ":", "-", "nan"]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=30))
def test_whatever_is_typed_gives_runs_or_one_of_our_errors(small: Path, text: str) -> None:
    said = ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "runcompare.references.resolve.existing", lambda word: None
        )  # not a walk through this machine for "/" and "~"
        try:
            assert resolve(text, roots=[small], aliases={"al": "g@latest"}, store=small / "store").runs
        except RuncompareError as error:
            said = error.message
    assert "\n" not in said or "\n" in text


# the store


@pytest.fixture
def kept(some: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the runs of `some`, whose folders are empty now."""
    root = tmp_path_factory.mktemp("kept") / "store"
    for info in list_runs(some).runs:
        Store(root).put(read_run(info))
    return root


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("early000", ["early000"]),
        ("early", ["early000"]),
        ("a", ["early000", "middle00"]),
        ("@latest", ["late0000"]),
        ("x=@best:loss", ["middle00"]),
        ("config:opt.lr=0.001", ["late0000"]),
        ("late0000@step=10", ["late0000@step=10"]),
    ],
)
def test_the_store_is_looked_through_last(kept: Path, tmp_path: Path, reference: str, expected: list[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    group = resolve(reference, roots=[empty], store=kept)
    assert found(group) == expected
    assert any(f"from the store {kept}" in note for note in group.notes)
    assert [len(run.history) for run in group.runs] == [3 if i == "late0000" else 2 for i in expected]


def test_what_is_below_the_roots_is_not_taken_from_the_store(kept: Path, some: list[Path]) -> None:
    assert resolve("a", roots=some, store=kept).notes == ()
    with pytest.raises(RunNotFound, match=r"3 runs, and in the store .*: 0 runs"):
        resolve("nope", roots=some, store=kept)


def test_a_store_that_is_none(some: list[Path], tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "format.json").write_text("no json")
    assert found(resolve("a", roots=some, store=tmp_path / "bad")) == ["early000", "middle00"]
    with pytest.raises(RunNotFound, match="damaged"):
        resolve("nope", roots=some, store=tmp_path / "bad")
    with pytest.raises(RunNotFound):
        resolve("nope", roots=some, store=tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_cut_runs_are_not_kept_and_are_not_their_own_history(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runcompare import compare
    from runcompare.settings import load

    for seed in range(3):
        make(f"aaaa000{seed}", group="a", config={"seed": seed}, values=(0.5, 0.4 + seed / 100))
        make(f"bbbb000{seed}", group="b", config={"seed": seed, "lr": 1}, values=(0.6, 0.5 + seed / 90))
    compare("a@step=0", "b", runs=tmp_path, metric="loss", keep=True)
    assert sorted(info.id for info in Store(load().store).infos()) == ["bbbb0000", "bbbb0001", "bbbb0002"]
    both = compare("a@step=0", "a", runs=tmp_path, metric="loss")
    assert both.candidate.label == "a@step=0"


# servers


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
