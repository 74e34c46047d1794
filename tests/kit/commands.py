"""Calling the command line in this process."""

import pytest

from runcompare.cli import main


def call(capsysbinary: pytest.CaptureFixture[bytes], *args: object) -> tuple[int, bytes, str]:
    """Exit code, stdout and stderr of one command."""
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in args])
    out, err = capsysbinary.readouterr()
    assert b"internal error" not in err
    assert b"Traceback" not in err
    return int(stop.value.code or 0), out, err.decode()
