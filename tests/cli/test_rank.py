"""`runcompare rank`."""

import json
from pathlib import Path

import pytest
from commands import call


@pytest.fixture(autouse=True)
def _shipped_runs(monkeypatch):
    monkeypatch.setenv("RUNCOMPARE_RUNS", str(Path(__file__).parents[2] / "examples" / "runs"))


def test_all_groups_are_ranked_without_a_query(capsysbinary):
    code, out, err = call(capsysbinary, "rank")
    assert (code, err) == (0, "")
    lines = out.decode().splitlines()
    assert lines[0].endswith("by NRMSE")
    rows = [line for line in lines[3:] if line[:1].isdigit()]
    assert len(rows) >= 3
    assert all(any(f"  {name}  " in row for row in rows) for name in ("hjnqclgk", "v3", "baseline32"))


@pytest.mark.parametrize("words", [("config:latent.tokens=16",), ("v3", "baseline32"), ("v3,baseline32",)])
def test_a_query_and_several_references_find_the_same_groups(capsysbinary, words):
    code, out, _ = call(capsysbinary, "rank", *words, "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert [one["label"] for one in document["groups"]] == ["v3", "baseline32"]
    assert [(one["low"], one["high"]) for one in document["groups"]] == [(1, 1), (2, 2)]


def test_document_and_picture_go_to_files(capsysbinary, tmp_path):
    words = ("--format", "md", "-o", tmp_path / "r.md", "--plot", tmp_path / "r.png")
    code, out, err = call(capsysbinary, "rank", "v3", "baseline32", *words)
    assert (code, out) == (0, b"")
    assert err.count("wrote") == 2
    assert (tmp_path / "r.md").read_text().startswith("# Ranking: 2 groups by NRMSE")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("rank", "v3"), 2, "two groups or more"),
        (("rank", "v3", "v3-s1"), 2, "share runs"),
        (("rank", "nothere", "v3"), 3, "nothere"),
        (("rank", "--metric", "eval/nrmsee"), 2, "eval/nrmse"),
    ],
)
def test_what_can_not_be_ranked_says_why(capsysbinary, words, code, says):
    found, out, err = call(capsysbinary, *words)
    assert (found, out) == (code, b"")
    assert says in err


def test_the_command_of_the_document_makes_it_again(capsysbinary):
    out = call(capsysbinary, "rank", "v3", "baseline32", "--alpha", "1%", "--format", "md")[1].decode()
    command = out.split("```bash\n")[1].splitlines()[0]
    assert command == "runcompare rank v3 baseline32 --alpha 0.01"
    again = call(capsysbinary, *command.split()[1:], "--format", "md")[1].decode()
    assert again == out


def test_a_report_on_several_candidates_names_its_baseline(capsysbinary, tmp_path):
    code, out, err = call(capsysbinary, "report", "hjnqclgk", "v3", "baseline32", "--baseline", "baseline32")
    assert (code, err) == (0, "")
    assert out.decode().startswith("# Run Comparison: 2 candidates vs baseline32")
    code, out, err = call(capsysbinary, "report", "hjnqclgk", "v3", "baseline32")
    assert (code, out) == (2, b"")
    assert "--baseline baseline32" in err
    code, out, err = call(capsysbinary, "report", "hjnqclgk", "v3", "--baseline", "baseline32", "--keep")
    assert (code, out) == (2, b"")
    assert "no use for --keep" in err
