"""Ledgers of looks: in a file, and in a store."""

import json
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from runcompare.errors import DataError
from runcompare.records.looks import PastLook, PlaceOfLooks
from runcompare.store.looks import FileOfLooks, LooksOfStore

LOOK = PastLook("acc", ("s1", "s2"), (("a",), ("b", "c")), 1, "d0", 0.266, 0.05, 1e9, "inconclusive")


@pytest.fixture(params=["file", "store", "URL"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> PlaceOfLooks:
    if request.param == "file":
        return FileOfLooks(tmp_path / "new" / "looks.jsonl")
    return LooksOfStore(tmp_path / "store" if request.param == "store" else f"file://{tmp_path}/store")


def test_what_is_added_is_read(ledger: PlaceOfLooks) -> None:
    assert ledger.read() == ()
    later = replace(LOOK, data="d1", n=5)
    ledger.add(LOOK)
    ledger.add(later)
    assert ledger.read() == (LOOK, later)


def test_the_same_look_is_there_once(ledger: PlaceOfLooks) -> None:
    ledger.add(LOOK)
    ledger.add(replace(LOOK, at=2e9))
    assert ledger.read() == (LOOK,)
    ledger.add(replace(LOOK, metric="loss"))
    assert len(ledger.read()) == 2


def test_reading_writes_nothing(ledger: PlaceOfLooks, tmp_path: Path) -> None:
    ledger.read()
    assert list(tmp_path.iterdir()) == []


def test_writers_at_the_same_time_lose_nothing(ledger: PlaceOfLooks) -> None:
    looks = [replace(LOOK, data=f"d{i}") for i in range(16)]
    threads = [threading.Thread(target=ledger.add, args=(look,)) for look in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(look.data for look in ledger.read()) == sorted(look.data for look in looks)


def test_a_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    FileOfLooks(tmp_path / "looks.jsonl").add(LOOK)
    assert [path.name for path in tmp_path.iterdir()] == ["looks.jsonl"]


@pytest.mark.parametrize("content", ["step,loss\n1,2\n", "{}\n", '{"runcompare looks": 2}\n', "\x00\x01", "\n\n"])
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(content)
    ledger = FileOfLooks(path)
    for use in (ledger.read, lambda: ledger.add(LOOK)):
        with pytest.raises(DataError, match="is no ledger of looks"):
            use()
    assert path.read_text() == content


@pytest.mark.parametrize(
    "damage",
    [
        {"share": 0},
        {"share": 2},
        {"share": "much"},
        {"alpha": 1.5},
        {"n": 0},
        {"n": None},
        {"runs": [["a"]]},
        {"settings": "x"},
        {"share": float("nan")},
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, damage: dict[str, object]) -> None:
    path = tmp_path / "looks.jsonl"
    FileOfLooks(path).add(LOOK)
    with path.open("a") as file:
        file.write(json.dumps({**asdict(LOOK), **damage}) + "\n")
    with pytest.raises(DataError, match=r"Line 3 of .* is damaged") as error:
        FileOfLooks(path).read()
    assert "--looked" in str(error.value.hint)


def test_half_a_line_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "looks.jsonl"
    FileOfLooks(path).add(LOOK)
    path.write_text(path.read_text()[:-20])
    with pytest.raises(DataError, match="Line 2"):
        FileOfLooks(path).read()


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't be read"):
        FileOfLooks(tmp_path).read()


def test_a_damaged_look_of_a_store_is_named(tmp_path: Path) -> None:
    LooksOfStore(tmp_path).add(LOOK)
    (path,) = (tmp_path / "looks").iterdir()
    path.write_text("{")
    with pytest.raises(DataError, match=path.name):
        LooksOfStore(tmp_path).read()
