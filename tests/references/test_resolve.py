"""From references to runs: what is found, what is refused, and what is noted."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import wblog
from found_runs import Make, found
from hypothesis import given
from hypothesis import strategies as st

from runcompare import Recorder
from runcompare.errors import AmbiguousReference, ConfigError, RuncompareError, RunNotFound, UnreadableRun, UsageError
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs


@pytest.fixture
def seeded(tmp_path: Path) -> Make:
    def seeded(run_id: str, *, seed: int = 0, lr: float = 0.1, folder: str | None = None, **more: Any) -> Path:
        config = {"seed": seed, "training": {"lr": lr}, "out": f"/somewhere/{run_id}", **more.pop("config", {})}
        with Recorder(tmp_path / (folder or run_id), id=run_id, config=config, **more) as log:
            log.log({"loss": 1.0})
        return tmp_path / (folder or run_id)

    return seeded


@pytest.fixture
def three(seeded: Make, tmp_path: Path) -> list[Path]:
    for seed in range(3):
        seeded(f"base000{seed}", seed=seed, group="base", name=f"seed {seed}", tags=["paper"])
    seeded("otherrun", lr=0.2, group="other", name="Other Run", tags=["paper"])
    return [tmp_path]


@pytest.mark.parametrize(
    ("reference", "expected", "label"),
    [
        ("base", ["base0000", "base0001", "base0002"], "base"),
        ("group:base", ["base0000", "base0001", "base0002"], "base"),
        ("  base ", ["base0000", "base0001", "base0002"], "base"),
        ("base0001", ["base0001"], "seed 1"),
        ("id:base0001", ["base0001"], "base0001"),
        ("othe", ["otherrun"], "Other Run"),
        ("Other Run", ["otherrun"], "Other Run"),
        ("name:seed *", ["base0000", "base0001", "base0002"], "seed *"),
        ("name:Other*", ["otherrun"], "Other*"),
        ("new=otherrun", ["otherrun"], "new"),
        ("old=group:base", ["base0000", "base0001", "base0002"], "old"),
    ],
)
def test_references(three: list[Path], reference: str, expected: list[str], label: str) -> None:
    group = resolve(reference, roots=three)
    assert found(group) == expected
    assert group.label == label
    assert group.reference == reference


def test_groups_come_in_the_order_of_their_start(three: list[Path]) -> None:
    assert [run.seed for run in resolve("base", roots=three).runs] == [0, 1, 2]


def test_paths(three: list[Path]) -> None:
    root = three[0]
    shutil.rmtree(root / "otherrun")
    for path in (root / "base0001", root / "base0001" / "record.jsonl"):
        assert found(resolve(str(path), roots=[])) == ["base0001"]
    group = resolve(str(root), roots=[])
    assert len(group) == 3
    assert group.label == "base"


def test_a_bare_folder_name_is_a_path_if_no_run_has_it(three: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(three[0])
    (three[0] / "elsewhere").mkdir()
    (three[0] / "otherrun").rename(three[0] / "elsewhere" / "x")
    assert found(resolve("elsewhere", roots=[Path("base0000")])) == ["otherrun"]


def test_a_word_that_is_id_and_group_means_the_group(seeded: Make, tmp_path: Path) -> None:
    seeded("hjnqclgk", group="hjnqclgk")
    seeded("abcdefgh", seed=1, group="hjnqclgk")
    group = resolve("hjnqclgk", roots=[tmp_path])
    assert len(group) == 2
    assert any("id:hjnqclgk" in note for note in group.notes)
    alone = resolve("id:hjnqclgk", roots=[tmp_path])
    assert (found(alone), alone.notes) == (["hjnqclgk"], ())


def test_the_only_run_of_its_own_group_needs_no_note(seeded: Make, tmp_path: Path) -> None:
    seeded("hjnqclgk", group="hjnqclgk")
    assert resolve("hjnqclgk", roots=[tmp_path]).notes == ()


def test_aliases_of_the_settings(three: list[Path]) -> None:
    group = resolve("old", roots=three, aliases={"old": "group:base"})
    assert (len(group), group.label) == (3, "old")
    assert "alias" in group.notes[0]
    assert len(resolve("base", roots=three, aliases={"base": "base"})) == 3
    with pytest.raises(RunNotFound):
        resolve("a", roots=three, aliases={"a": "b", "b": "a"})


@pytest.mark.parametrize("reference", ["tag:paper", "name:*"])
def test_runs_that_differ_in_more_than_the_seed_are_refused(three: list[Path], reference: str) -> None:
    with pytest.raises(AmbiguousReference) as caught:
        resolve(reference, roots=three)
    message = str(caught.value)
    assert "training.lr: 0.1 / 0.2" in message
    assert "otherrun (Other Run)" in message
    assert "seed:" not in message
    assert "/somewhere" not in message


def test_a_group_whose_members_differ_is_refused(seeded: Make, tmp_path: Path) -> None:
    seeded("aaaaaaaa", group="g", config={"optimizer": {"name": "adam"}})
    seeded("bbbbbbbb", group="g", config={"optimizer": {"name": "sgd"}})
    with pytest.raises(AmbiguousReference, match=r"optimizer\.name: adam / sgd"):
        resolve("group:g", roots=[tmp_path])


def test_bookkeeping_does_not_keep_replicates_apart(seeded: Make, tmp_path: Path) -> None:
    for seed in range(2):
        config = {"name": f"n{seed}", "hardware": {"cpu": f"c{seed}"}, "git": {"commit": str(seed)}, "data": {}}
        config["data"] = {"seed": seed, "file": f"/home/user{seed}/burgers.h5"}
        seeded(f"run{seed}0000", seed=seed, group="g", config=config)
    assert len(resolve("g", roots=[tmp_path])) == 2


def test_other_data_keeps_replicates_apart(seeded: Make, tmp_path: Path) -> None:
    for seed in range(2):
        seeded(f"run{seed}0000", seed=seed, group="g", config={"data": {"file": f"/data/burgers{seed}.h5"}})
    with pytest.raises(AmbiguousReference, match=r"data\.file"):
        resolve("g", roots=[tmp_path])


def test_a_shared_beginning_is_refused(three: list[Path]) -> None:
    with pytest.raises(AmbiguousReference, match="begins the ids of 3 runs"):
        resolve("base00", roots=three)
    with pytest.raises(RunNotFound):
        resolve("oth", roots=three)  # too short to be a beginning


def test_nothing_found_says_where_and_what_is_near(three: list[Path]) -> None:
    with pytest.raises(RunNotFound) as caught:
        resolve("bsae", roots=three)
    assert f"Looked in {three[0]}: 4 runs" in caught.value.message
    assert caught.value.hint == "Did you mean 'base'?"
    with pytest.raises(RunNotFound, match="Did you mean 'otherrun'"):
        resolve("id:otherrum", roots=three)
    with pytest.raises(RunNotFound, match="Did you mean 'goldstandard'"):
        resolve("goldstandrad", roots=three, aliases={"goldstandard": "base"})


@pytest.mark.parametrize(
    "reference", ["", " ", "x\0y", "a" * 5_000, "/no/such/file.wandb", "~nobody/x", "id:", "=", "a=", "[", "name:["]
)
def test_odd_references_are_our_errors(three: list[Path], reference: str) -> None:
    with pytest.raises(RuncompareError) as caught:
        resolve(reference, roots=three)
    assert isinstance(caught.value, RunNotFound | UsageError)


def test_a_damaged_member_is_left_out_with_a_note(three: list[Path]) -> None:
    (three[0] / "base0001" / "record.jsonl").write_bytes(b"garbage\n")
    group = resolve("base", roots=three)
    assert found(group) == ["base0000", "base0002"]
    (warning,) = list_runs(three).warnings
    assert "base0001" in warning


def test_a_damaged_path_raises_its_own_error(tmp_path: Path) -> None:
    (tmp_path / "x.wandb").write_bytes(b"no log")
    with pytest.raises(UnreadableRun, match=r"x\.wandb"):
        resolve(str(tmp_path / "x.wandb"), roots=[])
    (tmp_path / "x.yaml").write_text("runcompare: 1\nid: a\nfigurs: {}\n")
    with pytest.raises(ConfigError, match=r"x\.yaml, line 3"):
        resolve(str(tmp_path / "x.yaml"), roots=[])


def wandb_log(folder: Path, run_id: str = "run1", loss: float = 1.0) -> Path:
    path = folder / f"wandb/offline-run-20260101_000000-{run_id}/run-{run_id}.wandb"
    path.parent.mkdir(parents=True)
    path.write_bytes(wblog.framed(wblog.simple_log([{"loss": loss}], run_id)))
    return path


def test_a_record_and_the_wandb_log_below_are_one_run(seeded: Make, tmp_path: Path) -> None:
    folder = seeded("run1")
    wandb_log(folder)
    (info,) = list_runs([tmp_path]).runs
    assert info.source == "recorder"
    (folder / "record.jsonl").write_bytes(b"damaged")
    (info,) = list_runs([tmp_path]).runs
    assert info.source == "wandb"
    assert found(resolve("run1", roots=[tmp_path])) == ["run1"]


def test_copies_are_one_run_and_others_of_its_id_are_not(tmp_path: Path) -> None:
    wandb_log(tmp_path / "a")
    wandb_log(tmp_path / "b")
    assert len(list_runs([tmp_path]).runs) == 1
    wandb_log(tmp_path / "c", loss=2.0)
    listing = list_runs([tmp_path])
    assert len(listing.runs) == 2
    assert any("different content" in w for w in listing.warnings)
    with pytest.raises(AmbiguousReference, match=r"different content: .*/a/.*, .*/c/"):
        resolve("run1", roots=[tmp_path])


def test_what_the_listing_leaves_out(seeded: Make, tmp_path: Path) -> None:
    for folder in (".hidden/x", "node_modules/x", ".venv/x", "a/b/c/d/e/f/g/deep", "__pycache__/x"):
        seeded(folder.replace("/", "")[:8], folder=folder)
    seeded("seenseen", folder="a/b/c/d/seen")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [run.id for run in list_runs([tmp_path]).runs] == ["seenseen"]
    assert [run.id for run in list_runs([tmp_path / ".hidden"]).runs] == [".hiddenx"]


def test_the_search_is_bounded_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from runcompare.sources import listing

    monkeypatch.setattr(listing, "MAX_ENTRIES", 10)
    for i in range(20):
        (tmp_path / f"file{i}").touch()
    (warning,) = list_runs([tmp_path]).warnings
    assert "ended after 10 entries" in warning


def test_an_absent_root_is_a_warning(tmp_path: Path) -> None:
    assert "does not exist" in list_runs([tmp_path / "nope"]).warnings[0]


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


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    for i in range(3):
        with Recorder(root / str(i), id=f"ab{i}", name=f"n{i}", group="g", config={"seed": i, "k": "v"}) as log:
            log.log({"loss": float(i)})
    return root


PIECES = ["g", "ab0", "ab", "n1", "id:", "name:", "config:", "k", "=", "v", "@", "step", "latest", "best:", "loss", "/"]
PIECES += ["stage=", "1", "*", "[", "..", "~", ".yaml", "\x00", " ", "http://", ":", "-", "nan"]


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
