"""Runs are looked for in the folders, then in the store."""

from pathlib import Path

import pytest
from found_runs import Make, found

from runcompare.errors import RunNotFound
from runcompare.references.places import Places, existing, is_path
from runcompare.references.resolve import resolve
from runcompare.settings import load
from runcompare.store.store import Store


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("early000", ["early000"]),
        ("early", ["early000"]),
        ("a", ["early000", "middle00"]),
        ("early000, middle00", ["early000", "middle00"]),
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

    for seed in range(3):
        make(f"aaaa000{seed}", group="a", config={"seed": seed}, values=(0.5, 0.4 + seed / 100))
        make(f"bbbb000{seed}", group="b", config={"seed": seed, "lr": 1}, values=(0.6, 0.5 + seed / 90))
    compare("a@step=0", "b", runs=tmp_path, metric="loss", keep=True)
    assert sorted(info.id for info in Store(load().store).infos()) == ["bbbb0000", "bbbb0001", "bbbb0002"]
    both = compare("a@step=0", "a", runs=tmp_path, metric="loss")
    assert both.candidate.label == "a@step=0"


@pytest.mark.parametrize("word", ["a/b", ".", "..", "~/runs", "run.wandb", "record.jsonl", "x.yaml", "x.yml"])
def test_words_that_are_written_as_paths(word: str) -> None:
    assert is_path(word)


@pytest.mark.parametrize("word", ["a", "baseline32", "name:x", "v1.2", "x.csv", ""])
def test_words_that_are_not(word: str) -> None:
    assert not is_path(word)


def test_a_path_that_is_there(tmp_path: Path) -> None:
    assert existing(str(tmp_path)) == tmp_path
    for word in ("", "nul\0", "x" * 5_000, "~nobody-of-that-name/x", str(tmp_path / "nope")):
        assert existing(word) is None


def test_a_store_is_listed_once_and_only_when_needed(some: list[Path], tmp_path: Path) -> None:
    places = Places(some, tmp_path / "none")
    assert len(places.local.runs) == 3
    assert places.local is places.local
    assert places.kept == ()
    assert places.looked.endswith(f"and in the store {tmp_path / 'none'}: 0 runs")
