from collections.abc import Iterator
from pathlib import Path

from runcompare.errors import UnreadableRun
from runcompare.records.history import History
from runcompare.records.run import Lost, Run, RunInfo


class StepsFiles:
    name = "steps"

    def accepts(self, path: Path) -> bool:
        return path.suffix == ".steps"

    def scan(self, path: Path) -> Iterator[RunInfo]:
        group, _, seed = path.stem.partition("-seed")
        yield RunInfo(path.stem, path.stem, self.name, str(path), group=group, seed=seed or None)

    def read(self, location: str) -> Run:
        info, rows, lost = next(self.scan(Path(location))), [], 0
        for line in Path(location).read_text(errors="replace").splitlines():
            try:
                step, loss = line.split()
                rows.append({"_step": int(step), "val/loss": float(loss)})
            except ValueError:
                lost += 1
        if not rows:
            raise UnreadableRun(f"{location} holds no step.")
        summary = {"val/loss": rows[-1]["val/loss"]}
        return Run(info, summary=summary, history=History.from_rows(rows), lost=Lost(records=lost))
