"""Runs below folders, each once."""

from runcompare import Recorder
from runcompare.sources import list_runs
from runcompare.sources.listing import walk


def table(folder, text="step,loss\n0,1.0\n"):
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text(text)


def test_by_start_then_id(tmp_path):
    table(tmp_path / "b")
    table(tmp_path / "a", "step,loss,timestamp\n0,2.0,1700000000\n")
    assert [run.id for run in list_runs([tmp_path]).runs] == ["a", "b"]


def test_hidden_folders_environments_and_links_are_not_searched(tmp_path):
    for name in (".hidden", "node_modules", "venv"):
        table(tmp_path / name)
    table(tmp_path / "elsewhere" / "real")
    (tmp_path / "searched").mkdir()
    (tmp_path / "searched" / "link").symlink_to(tmp_path / "elsewhere")
    assert list_runs([tmp_path / "searched"]).runs == ()
    assert [run.id for run in list_runs([tmp_path]).runs] == ["elsewhere/real"]


def test_a_root_that_is_not_there_is_a_warning(tmp_path):
    listing = list_runs([tmp_path / "none", tmp_path])
    assert listing.warnings == (f"{tmp_path / 'none'} does not exist.",)
    assert listing.looked_in == (tmp_path / "none", tmp_path)


def test_the_search_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("runcompare.sources.listing.MAX_ENTRIES", 3)
    for i in range(5):
        table(tmp_path / str(i))
    assert "ended after 3 entries" in list_runs([tmp_path]).warnings[0]


def test_copies_are_one_run_and_others_of_the_same_id_are_told_apart(tmp_path):
    with Recorder(tmp_path / "one", id="same") as record:
        record.log({"loss": 1.0})
    body = (tmp_path / "one" / "record.jsonl").read_bytes()
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "record.jsonl").write_bytes(body)
    assert len(list_runs([tmp_path]).runs) == 1
    with Recorder(tmp_path / "other", id="same") as record:
        record.log({"loss": 2.0})
    listing = list_runs([tmp_path])
    assert len(listing.runs) == 2
    assert "Run same is there 2 times, with different content" in listing.warnings[0]


def test_what_is_damaged_is_skipped_and_its_error_kept(tmp_path):
    table(tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "record.jsonl").write_bytes(b"no record\n")
    found = walk([tmp_path])
    assert [run.id for run in found.listing.runs] == ["good"]
    assert [error.message for error in found.errors] == list(found.listing.warnings)


def test_names_are_shown_without_secrets(tmp_path):
    with Recorder(tmp_path / "one", id="one", name="try --token hunter2", tags=["password=x1"]):
        pass
    (run,) = list_runs([tmp_path]).runs
    assert (run.name, run.tags) == ("try --token (redacted)", ("password=(redacted)",))


def test_what_macos_keeps_beside_files_is_no_log(tmp_path):
    table(tmp_path / "run")
    table(tmp_path / "__MACOSX" / "run")
    (tmp_path / "run" / "._progress.csv").write_bytes(b"\0\5\x16\7")
    listing = list_runs([tmp_path])
    assert ([run.id for run in listing.runs], listing.warnings) == (["run"], ())


def test_many_files_of_one_fault_are_one_warning(tmp_path):
    for i in range(5):
        table(tmp_path / str(i), "")
    (warning,) = list_runs([tmp_path]).warnings
    first, second = (tmp_path / str(i) / "metrics.csv" for i in range(2))
    assert warning == f"{first}, {second} and 3 more: each is empty."
