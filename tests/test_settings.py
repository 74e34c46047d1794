"""Settings come from the environment, the project's file, the user's file and defaults, in that order."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from runcompare.errors import ConfigError
from runcompare.settings import Settings, load, parse_fraction, project_file


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's file, not there yet."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda app: str(tmp_path / "user" / app))
    (tmp_path / "user" / "runcompare").mkdir(parents=True)
    return tmp_path / "user" / "runcompare" / "runcompare.toml"


@pytest.fixture
def project(tmp_path: Path, user: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "below").mkdir(parents=True)
    return folder


def write(folder: Path, body: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.runcompare]\n{body}\n")


def test_defaults(project: Path) -> None:
    assert load(project, {}) == Settings()


def test_each_place_wins_over_the_next(project: Path, user: Path) -> None:
    user.write_text('alpha = 0.1\nmin-effect = "3%"\ngpu-price = 1')
    assert (load(project, {}).alpha, load(project, {}).min_effect) == (0.1, "3%")
    write(project, "alpha = 0.2\ngpu_price = 2")
    env = {"RUNCOMPARE_GPU_PRICE": "3", "OTHER": "x"}
    found = load(project / "below", env)
    assert (found.alpha, found.min_effect, found.gpu_price) == (0.2, "3%", 3.0)


def test_the_nearest_project_with_a_table_counts(project: Path) -> None:
    write(project, 'metric = "above"')
    (project / "below" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert load(project / "below", {}).metric == "above"
    write(project / "below", "")
    assert load(project / "below", {}).metric is None


def test_paths_are_relative_to_the_file_and_urls_stay(project: Path) -> None:
    write(project, 'runs = ["a", "/b"]\nstore = "kept"')
    found = load(project / "below", {})
    assert found.runs == (project / "a", Path("/b"))
    assert found.store == project / "kept"
    assert load(project, {"RUNCOMPARE_STORE": "s3://bucket/x", "RUNCOMPARE_RUNS": "a:b"}) == Settings(
        runs=(Path("a"), Path("b")), store="s3://bucket/x"
    )


def test_tables(project: Path) -> None:
    write(project, 'aliases = { prod = "group:base" }\nprices = { A100 = 2 }')
    assert (load(project, {}).aliases, load(project, {}).prices) == ({"prod": "group:base"}, {"A100": 2.0})


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ("gpu-prise = 2", "Unknown setting 'gpu-prise' in .*Did you mean 'gpu-price'"),
        ("gpu-price = 0", "above 0"),
        ('gpu-price = "a lot"', "'gpu-price' in .* is wrong"),
        ("alpha = 1", "between 0 and 1"),
        ("runs = [1]", "a path or a list of paths"),
        ("store = 3", "expected a word"),
        ("aliases = { a = 1 }", "table of words"),
        ("prices = 2", "table of prices"),
        ("a = ", "can't be read"),
    ],
)
def test_wrong_settings_name_the_file_and_the_key(project: Path, body: str, match: str) -> None:
    write(project, body)
    with pytest.raises(ConfigError, match=match) as error:
        load(project, {})
    assert str(project / "pyproject.toml") in str(error.value)


def test_a_wrong_variable_is_named(project: Path) -> None:
    with pytest.raises(ConfigError, match=r"'alpha' in the environment \(RUNCOMPARE_\*\)"):
        load(project, {"RUNCOMPARE_ALPHA": "often"})


@pytest.mark.parametrize(("text", "fraction"), [("2%", 0.02), ("0.5", 0.5), (0.1, 0.1), ("99.9%", 0.999)])
def test_fractions(text: object, fraction: float) -> None:
    assert parse_fraction(text) == pytest.approx(fraction)


@pytest.mark.parametrize("text", ["0", "1", "100%", "-1%", "nan", "x", "%"])
def test_no_fractions(text: str) -> None:
    with pytest.raises(ValueError, match=r"fraction|float"):
        parse_fraction(text)


@pytest.mark.parametrize("store", ["s3://evil/x", "file:///tmp/x", "/elsewhere", "../elsewhere", "link/x"])
def test_a_project_sets_no_store_elsewhere(project: Path, user: Path, tmp_path: Path, store: str) -> None:
    (project / "link").symlink_to(tmp_path)
    write(project, f'store = "{store}"\nmetric = "a"')
    found = load(project / "below", {})
    assert (found.store, found.metric) == (Settings().store, "a")
    (said,) = found.ignored
    assert "is not used" in said
    assert str(project / "pyproject.toml") in said
    user.write_text(f'store = "{store}"')
    assert str(load(project, {}).store).endswith(store.lstrip("."))
    assert load(project, {"RUNCOMPARE_STORE": "mem://y"}).store == "mem://y"


def test_a_project_sets_no_alias_that_asks_a_server(project: Path, user: Path) -> None:
    write(project, '[tool.runcompare.aliases]\nprod = "https://evil.example/runs/1"\nnew = "group:a"')
    found = load(project, {})
    assert found.aliases == {"new": "group:a"}
    assert "prod" in found.ignored[0]
    user.write_text('[aliases]\nprod = "https://mine.example/runs/1"')
    assert load(project, {}).aliases["prod"] == "https://mine.example/runs/1"  # not the project's


def test_what_is_ignored_is_no_setting(project: Path) -> None:
    write(project, 'ignored = ["a"]')
    with pytest.raises(ConfigError, match="Unknown setting 'ignored'"):
        load(project, {})


def test_a_file_of_our_own_is_a_projects_file_too(project: Path, user: Path) -> None:
    (project / "runcompare.toml").write_text('runs = ["a"]\nmetric = "own"\n')
    write(project, 'metric = "shared"')
    found = load(project / "below", {})
    assert (found.metric, found.runs) == ("own", (project / "a",))
    write(project / "below", 'metric = "nearer"')
    assert load(project / "below", {}).metric == "nearer"
    assert project_file(project) == project / "runcompare.toml"
    assert project_file(project / "below") == project / "below" / "pyproject.toml"


def test_a_strangers_own_file_leads_nowhere_else(project: Path) -> None:
    (project / "runcompare.toml").write_text('store = "/elsewhere"\n[aliases]\nprod = "wandb://a/b"\n')
    found = load(project, {})
    assert (found.store, found.aliases) == (Settings().store, {})
    assert len(found.ignored) == 2


def test_the_users_file_is_no_projects(project: Path, user: Path) -> None:
    user.write_text('store = "/mine"\n')
    assert load(user.parent, {}).store == Path("/mine")
    assert project_file(user.parent) is None


def _a_folder(path: Path) -> None:
    path.mkdir()


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


def _a_pipe(path: Path) -> None:
    os.mkfifo(path)


def _a_loop(path: Path) -> None:
    path.symlink_to(path)


def _deep(path: Path) -> None:
    path.write_text(f"a = {'[' * 5000}")


def _closed(path: Path) -> None:
    path.write_text("metric = 'x'\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user reads everything")


@pytest.mark.parametrize("make", [_a_folder, _binary, _a_pipe, _a_loop, _deep, _closed])
@pytest.mark.parametrize("is_users", [True, False])
def test_a_settings_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], is_users: bool
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    place = tmp_path / "home" / "runcompare" / "runcompare.toml" if is_users else tmp_path / "runcompare.toml"
    place.parent.mkdir(parents=True, exist_ok=True)
    make(place)
    with pytest.raises(ConfigError, match=rf"{re.escape(str(place))} can't be read: \w") as told:
        load(tmp_path, {})
    assert told.value.exit_code == 2
    assert told.value.hint


def test_our_part_of_a_shared_file_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nruncompare = 3\n")
    with pytest.raises(ConfigError, match="is no table"):
        load(tmp_path, {})
    (tmp_path / "pyproject.toml").write_text("tool = 3\n")
    assert load(tmp_path, {}).metric is None
