"""A page as a PDF, printed by a browser of the Chromium family, without a network and without a profile of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from runcompare.errors import DataError, UsageError

__all__ = ["browser", "to_pdf"]

VARIABLE = "RUNCOMPARE_BROWSER"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "headless_shell",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PATIENCE = 120.0  # seconds


def browser() -> str:
    """The program that prints: the one that RUNCOMPARE_BROWSER names, else the first that is installed.

    Raises UsageError where there is none.
    """
    named = os.environ.get(VARIABLE)
    for name in (named,) if named else (*NAMES, *PLACES):
        if found := shutil.which(name):
            return found
    hint = (
        f"Install one (apt-get install chromium), name it in {VARIABLE}, or write report.html and print that from any "
        "browser."
    )
    what = f"{VARIABLE} names '{named}', which is no program" if named else "and none was found"
    raise UsageError(f"A PDF is printed by Chromium or Chrome, {what}.", hint=hint)


def to_pdf(page: str) -> bytes:
    """An HTML page that needs nothing else, printed. Raises DataError if the browser fails, UsageError without one."""
    program = browser()
    with tempfile.TemporaryDirectory(prefix="runcompare-") as scratch:
        folder = Path(scratch)
        (folder / "report.html").write_text(page, encoding="utf-8", errors="replace")
        command = [
            program,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--no-pdf-header-footer",
            "--proxy-server=127.0.0.1:9",  # the page needs nothing, and the browser is to ask for nothing
            f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={folder / 'report.pdf'}",
            *(["--no-sandbox"] if _is_root() else []),
            (folder / "report.html").as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DataError(f"{program} did not print the report: {type(error).__name__}.", hint=_HINT) from None
        made = folder / "report.pdf"
        if done.returncode or not made.is_file():
            raise DataError(f"{program} did not print the report (exit code {done.returncode}).", hint=_HINT)
        return made.read_bytes()


_HINT = "Write report.html, and print that from any browser."


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
