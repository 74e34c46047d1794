"""The program as a whole: exit codes, messages on stderr, commands that load when they are used."""

import os
import subprocess
import sys

import click
import pytest
from commands import call

from runcompare import cli
from runcompare.errors import AuthError, DataError, MissingExtra, UsageError

HEAVY = {"torch", "wandb", "pandas", "matplotlib", "scipy", "polars", "mlflow", "tensorboard", "numpy"}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch):
    """Makes the command `runs` raise an error."""

    def fail_with(error: BaseException) -> None:
        @click.command()
        def runs() -> None:
            raise error

        monkeypatch.setattr(cli, "import_module", lambda _: type("Module", (), {"runs": runs}))

    return fail_with


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (UsageError("Wrong.", hint="Do this."), 2, "runcompare: Wrong.\n  Do this.\n"),
        (MissingExtra("torch", "engine"), 2, "pip install 'runcompare[engine]'"),
        (DataError("Gone."), 3, "runcompare: Gone.\n"),
        (AuthError("Refused."), 4, "runcompare: Refused.\n"),
        (KeyboardInterrupt(), 130, "runcompare: interrupted\n"),
    ],
)
def test_each_error_has_its_exit_code_and_one_clear_line(failing, error, code, text, capsysbinary) -> None:
    failing(error)
    got, out, err = call(capsysbinary, "runs")
    assert (got, out) == (code, b"")
    assert text in err


def test_an_internal_error_asks_for_a_report_and_shows_no_traceback(failing, capsys) -> None:
    failing(RuntimeError("odd\x1b[2J"))
    with pytest.raises(SystemExit) as stop:
        cli.main(["runs"])
    err = capsys.readouterr().err
    assert stop.value.code == 2
    assert "internal error: RuntimeError: odd" in err
    assert "RUNCOMPARE_DEBUG" in err
    assert "\x1b" not in err


def test_debugging_shows_where_it_failed(failing, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(RuntimeError("odd"))
    monkeypatch.setenv("RUNCOMPARE_DEBUG", "1")
    with pytest.raises(RuntimeError, match="odd"):
        cli.main(["runs"])


def test_a_mistyped_command_is_corrected(capsysbinary) -> None:
    code, _, err = call(capsysbinary, "reprot")
    assert code == 2
    assert "Did you mean 'report'?" in err


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_each_command_has_the_help_that_the_list_shows(command: str, capsysbinary) -> None:
    code, out, _ = call(capsysbinary, command, "--help")
    assert code == 0
    assert f"runcompare {command}" in " ".join(out.decode().split())


def test_help_of_every_command_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom runcompare.cli import COMMANDS, cli\n"
        "for name in COMMANDS: cli([name, '--help'], standalone_mode=False)\n"
        "print(*{m.split('.')[0] for m in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stderr.split()) & HEAVY


@pytest.mark.parametrize(("command", "threads"), [("report", "1"), ("runs", "1"), ("train", None), ("replicate", None)])
def test_only_commands_that_train_load_a_blas_of_many_threads(command: str, threads: str | None) -> None:
    code = f"import os; from runcompare import cli; cli.cli.main(['{command}', '--help'], standalone_mode=False)"
    told = "; print('threads', os.environ.get('OPENBLAS_NUM_THREADS'))"
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", code + told], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.endswith(f"threads {threads}\n")


def test_a_number_of_blas_threads_that_was_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch, capsysbinary) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    call(capsysbinary, "runs", "--help")
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"


@pytest.mark.parametrize("words", [("report", "a", "b", "--format"), ("report", "a", "b", "--alpha"), ()])
def test_a_secret_in_the_wrong_place_of_a_command_is_not_shown(words, capsysbinary):
    secret = "ghp_" + "a1" * 18
    code, _, err = call(capsysbinary, *words, f"{secret}\x1b[31m")
    assert code == 2
    assert secret not in err
    assert "\x1b" not in err


def test_a_folder_that_is_gone_is_told(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    code, _, err = call(capsysbinary, "runs")
    assert (code, "The current folder is gone" in err) == (3, True)
