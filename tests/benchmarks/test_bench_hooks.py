"""What a hook costs a training: the start of the process that stands apart, and the words at the end."""

from pathlib import Path

from hooked import record, until

from runcompare.hooks import after_run


def test_a_hook_costs_a_training_less_than_a_second(benchmark, tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "base")
    folders = [record(tmp_path / f"new{number}", 0.5) for number in range(10)]

    def hooked() -> None:
        after_run(folders.pop(), baseline="base").end()

    benchmark.pedantic(hooked, rounds=9)
    with capfd.disabled():
        print(
            f"\na hook costs a training {benchmark.stats.stats.median:.2f} s, at most {benchmark.stats.stats.max:.2f} s"
        )
    assert benchmark.stats.stats.max < 1.0
    done = "wrote "
    logs = [tmp_path / f"new{number}" / "runcompare-report.log" for number in range(1, 10)]
    until(lambda: all(done in log.read_text() for log in logs), "reports are missing")
