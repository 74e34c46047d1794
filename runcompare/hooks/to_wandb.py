"""The report as files, summary and notes of its W&B run, through W&B's public API.

The run is not opened again, so that its state, length and history stay as they are.
"""

import os
import re
from pathlib import Path
from typing import Any

from runcompare.errors import MissingExtra
from runcompare.hooks.harmless import reason
from runcompare.hooks.job import Job
from runcompare.hooks.judging import Judged

__all__ = ["to_wandb", "with_note"]

_OURS = re.compile(r"\n*<!-- runcompare -->.*?<!-- /runcompare -->", re.DOTALL)


def to_wandb(job: Job, judged: Judged) -> str:
    """Upload the report's files, and add verdict and baseline to the summary and a note to the notes.

    Raises MissingExtra, and what the client raises.
    """
    try:
        import wandb
    except ImportError:
        raise MissingExtra("wandb", "wandb") from None
    online = job.place.online
    if online.get("base_url"):
        os.environ["WANDB_BASE_URL"] = online["base_url"]  # of the user's own run: where it was logged
    run: Any = wandb.Api(timeout=60).run(f"{online['entity']}/{online['project']}/{online['id']}")
    failed = [reason for path in judged.files if (reason := _upload(run, path, judged.outputs.log.parent))]
    told = {"verdict": judged.comparison.verdict, "baseline": job.baseline, "headline": judged.headline}
    run.notes = with_note(run.notes or "", f"{judged.headline} (against {job.baseline})")
    run.summary.update({f"runcompare/{name}": text for name, text in told.items()})
    run.update()
    files = f"{len(judged.files) - len(failed)} of {len(judged.files)} files" + (f" ({failed[0]})" if failed else "")
    return f"attached to W&B run {'/'.join(run.path)}: {files}, runcompare/* in its summary, and a note"


def _upload(run: Any, path: Path, root: Path) -> str:
    """Why a file could not be uploaded, if so: the others, and the note, are of use without it."""
    try:
        run.upload_file(str(path), root=str(root))
    except Exception as error:
        return reason(error)
    return ""


def with_note(notes: str, text: str) -> str:
    """The user's notes with ours behind them, once."""
    plain = text.replace("<!--", "").replace("-->", "")
    return f"{_OURS.sub('', notes)}\n\n<!-- runcompare -->\n{plain}\n<!-- /runcompare -->".lstrip()
