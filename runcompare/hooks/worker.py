"""The process that stands apart: waits for the run's end, then reports. Its stdout and stderr are the log."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from runcompare.errors import RuncompareError
from runcompare.hooks.harmless import reason
from runcompare.hooks.job import Job, own_job
from runcompare.hooks.waiting import Ending, wait_for_end
from runcompare.records.redact import redact

__all__ = ["main"]

LONGEST_S = 3600  # for a report
READ_WITHIN_S = 5.0  # for a training that waits to read what we say


def main() -> None:
    """Entry point of the process. What is heavy is done by its children, so that it stays small as it waits."""
    job = own_job()
    for signum in (signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(10)
    say(f"waits for the end of {job.place.reference}, to compare it with '{job.baseline}'")
    scratch = Path(job.scratch)
    in_child(lambda: _check(job), "the look for the baseline")
    with suppress(OSError):
        (scratch / "checked").touch()
    ending = wait_for_end(job)
    say(f"the run has ended ({ending.told or ('its process is gone' if ending.gone else 'as its tracker says')})")
    in_child(lambda: _report(job, ending), "the report")
    with suppress(OSError):
        (scratch / "done").touch()
    until = time.monotonic() + READ_WITHIN_S
    while time.monotonic() < until and not (scratch / "ended").exists() and not ending.gone:
        time.sleep(0.1)
    time.sleep(0.3)
    shutil.rmtree(scratch, ignore_errors=True)


def say(text: str) -> None:
    """One line of the log."""
    line = "".join(sign if sign.isprintable() else " " for sign in str(redact(text)))
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ} {line}", flush=True)


def in_child(work: Callable[[], None], what: str) -> None:
    """Do it in a process of its own, and log what becomes of it: no fault of a library ends this one."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(LONGEST_S)
            work()
            code = 0
        except RuncompareError as error:
            say(str(error))
        except BaseException as error:
            say(f"{what} met a fault: {reason(error)}")
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        say(f"{what} was ended by signal {os.WTERMSIG(status)}")


def _check(job: Job) -> None:
    from runcompare.hooks.judging import end_line

    line = end_line(job)
    if line is not None:
        _leave(job, line)
        say(line)


def _report(job: Job, ending: Ending) -> None:
    from runcompare.hooks.attaching import attach
    from runcompare.hooks.judging import judge, refusal

    try:
        judged = judge(job, ending)
    except RuncompareError as error:
        line = refusal(job, error)
        _leave(job, line)
        say(line)
        return
    say(judged.headline)
    _leave(job, f"{judged.headline}. The report: {judged.outputs.first}")
    say(f"wrote {', '.join(str(path) for path in judged.files)}")
    for line in attach(job, judged):
        say(line)


def _leave(job: Job, line: str) -> None:
    """For the training to say at its end."""
    with suppress(OSError):
        (Path(job.scratch) / "line").write_text(line, encoding="utf-8")
