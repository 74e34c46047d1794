"""Small files that unfold into gigabytes, and large ones that hold nothing: told before memory is taken."""

import gzip
import io
import json
import struct
import time
from pathlib import Path

import polars as pl
import pytest
from event_records import read_records

from runcompare.errors import ConfigError, UnreadableRun
from runcompare.records import budgets
from runcompare.sources import list_runs
from runcompare.sources.kit.yaml_file import read_settings, settings_beside
from runcompare.sources.tables import in_pieces
from runcompare.sources.tables.content import Blocks, body_of
from runcompare.sources.tables.source import TableFiles
from runcompare.sources.tables.unpacked import Gunzipped
from runcompare.sources.tensorboard.framing import masked_crc

ROWS = b"step,loss\n" + b"1,0.5\n" * 400_000


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(budgets.VARIABLE, "4MB")


def read_whole(folder: Path) -> None:
    (info,) = list_runs([folder]).runs
    TableFiles().read(info.location)


def zstd(blocks: int) -> bytes:
    """A frame of blocks of one repeated byte, each of 128 KB."""
    frame = struct.pack("<IBB", 0xFD2FB528, 0, 0x38)
    for number in range(blocks):
        frame += ((1 << 17) << 3 | 1 << 1 | (number == blocks - 1)).to_bytes(3, "little") + b"0"
    return frame


@pytest.mark.parametrize("packed", [gzip.compress(ROWS), gzip.compress(ROWS[: 1 << 19]) * 5])
def test_gzip_is_unpacked_up_to_the_limit(packed: bytes, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv.gz").write_bytes(packed)
    assert len(body_of(tmp_path / "metrics.csv.gz", most=1000).data) <= 1 << 20
    with pytest.raises(UnreadableRun, match="more than the 1 MB"):
        read_whole(tmp_path)


def test_a_piece_of_gzip_is_small(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv.gz").write_bytes(gzip.compress(b"0" * 50_000_000))
    assert len(body_of(tmp_path / "metrics.csv.gz", most=1000).data) <= 1 << 20


def test_gzip_within_the_limit_is_whole(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv.gz").write_bytes(gzip.compress(ROWS[:500_000]) + gzip.compress(ROWS[500_000:1_000_000]))
    assert body_of(tmp_path / "metrics.csv.gz").data == ROWS[:1_000_000]


def test_a_long_packed_table_that_unfolds_into_very_much_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(budgets.ROWS_VARIABLE, "1000")
    (tmp_path / "metrics.csv.gz").write_bytes(gzip.compress(ROWS * 8))
    monkeypatch.setattr(in_pieces, "rows_of_csv", None)  # before any row is read
    with pytest.raises(UnreadableRun, match="more than the 1 MB"):
        read_whole(tmp_path)


def test_a_line_that_doesn_t_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(budgets.ROWS_VARIABLE, "1000")
    path = tmp_path / "metrics.csv"
    path.write_bytes(ROWS[:10_000])
    with path.open("ab") as file:
        file.truncate(3 << 20)
    blocks = Blocks(path, 1 << 16)
    with pytest.raises(UnreadableRun, match="more than the 1 MB"):
        list(in_pieces._text_pieces(blocks))


def test_members_of_gzip_that_unfold_in_several_pieces_are_all_read() -> None:
    packed = gzip.compress(ROWS) + gzip.compress(ROWS[::-1])
    for piece in (1000, 7777, 1 << 16):
        assert b"".join(Gunzipped(io.BytesIO(packed), piece)) == ROWS + ROWS[::-1]


@pytest.mark.parametrize(("blocks", "fits"), [(7, True), (9, False)])
def test_zstd_is_judged_by_its_headers(blocks: int, fits: bool, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv.zst").write_bytes(zstd(blocks))
    if fits:
        assert len(body_of(tmp_path / "metrics.csv.zst").data) == blocks * (1 << 17) + 1
        return
    with pytest.raises(UnreadableRun, match="more than the 1 MB"):
        body_of(tmp_path / "metrics.csv.zst")


def test_parquet_is_judged_by_its_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame({"step": pl.Series([0]).new_from_index(0, 300_000), "loss": 0.5})
    frame.write_parquet(tmp_path / "metrics.parquet")
    with pytest.raises(UnreadableRun, match="300,000 rows and 2 keys"):
        read_whole(tmp_path)


def test_a_key_a_row_is_told(tmp_path: Path) -> None:
    rows = [json.dumps({"step": i, "loss": 1.0, f"key{i}": i}) for i in range(1000)]
    (tmp_path / "metrics.jsonl").write_text("\n".join(rows))
    with pytest.raises(UnreadableRun, match=r"1,000 rows and 1,\d+ keys"):
        TableFiles().read(str(tmp_path / "metrics.jsonl"))


@pytest.mark.parametrize("name", ["metrics.csv", "metrics.jsonl", "record.jsonl", "trainer_state.json", "mlflow.db"])
def test_a_file_of_nothing_is_not_read(name: str, tmp_path: Path) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(1 << 33)
    started = time.monotonic()
    found = list_runs([tmp_path])
    assert not found.runs
    assert time.monotonic() - started < 5


def test_aliases_that_multiply_are_told(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 13)]
    (tmp_path / "config.yaml").write_text("\n".join(lines))
    with pytest.raises(UnreadableRun, match="repeats itself"):
        read_settings(tmp_path / "config.yaml")


def test_mappings_that_are_merged_again_and_again_are_told(tmp_path: Path) -> None:
    lines = ["m0: &m0 {" + ", ".join(f"k{i}: 1" for i in range(2000)) + "}"]
    lines += [f"m{j}: &m{j} {{<<: *m{j - 1}, x{j}: 1}}" for j in range(1, 1000)]
    (tmp_path / "config.yaml").write_text("\n".join(lines))
    assert "repeats itself" in settings_beside(tmp_path / "config.yaml").warnings[0]


def test_aliases_of_an_ordinary_config_are_read(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("base: &b {lr: 0.1}\ntrain: {<<: *b, seed: 1}\nglob: '*.csv'\n")
    assert read_settings(tmp_path / "config.yaml")["train"] == {"lr": 0.1, "seed": 1}


def event(data: bytes) -> bytes:
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", masked_crc(head)) + data + struct.pack("<I", masked_crc(data))


def test_damage_at_every_second_record_takes_four_times_as_long_for_four_times_as_many() -> None:
    def seconds(count: int) -> float:
        records = [event(b"%06d" % i * 5) for i in range(count)]
        records[1::2] = [record[:20] + b"\xff" + record[21:] for record in records[1::2]]
        started = time.process_time()
        found = read_records(b"".join(records))
        assert (len(found.records), found.damage.records) == (count // 2, count // 2)
        return time.process_time() - started

    assert seconds(16_000) < 8 * seconds(4_000) + 0.1  # four times as long if it is linear, 16 times if it is not


def test_lengths_that_point_far_don_t_keep_us_busy() -> None:
    size = 2_000_000
    head = b"".join(
        (length := struct.pack("<Q", size - at - 16)) + struct.pack("<I", masked_crc(length))
        for at in range(0, size // 2, 12)
    )
    started = time.process_time()
    assert read_records(head + bytes(size - len(head))).records == []
    assert time.process_time() - started < 5


def test_the_limit_is_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, size in {"": 1 << 30, "2GB": 2 << 30, "10 mib": 10 << 20, "512": 512}.items():
        monkeypatch.setenv(budgets.VARIABLE, text)
        assert budgets.most_bytes() == size
    monkeypatch.setenv(budgets.VARIABLE, "much")
    with pytest.raises(ConfigError, match="no size"):
        budgets.most_bytes()
