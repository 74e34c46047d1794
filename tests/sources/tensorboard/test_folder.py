"""Which event files are one run."""

from event_files import read, tensorboard, write

from runcompare.sources.listing import list_runs


def test_add_scalars_makes_keys_of_one_run_not_runs(tmp_path):
    with tensorboard.SummaryWriter(str(tmp_path / "r")) as log:
        log.add_scalar("loss", 1.0, 0)
        log.add_scalars("multi/part", {"a": 1.0, "b": 2.0}, 3)
    (info,) = list_runs([tmp_path]).runs
    run = read(info.location)
    assert run.summary == {"loss": 1.0, "multi/part/a": 1.0, "multi/part/b": 2.0}


def test_train_and_validation_beside_one_another_are_one_run(tmp_path):
    for name, loss in (("train", 1.0), ("validation", 2.0)):  # as Keras's callback writes them
        write(tmp_path / "logs" / name, [(0, {"epoch_loss": loss}), (1, {"epoch_loss": loss / 2})])
    (info,) = list_runs([tmp_path]).runs
    assert info.name == f"{tmp_path.name}-logs"
    run = read(info.location)
    assert run.history.frame["train/epoch_loss"].to_list() == [1.0, 0.5]
    assert run.history.frame["validation/epoch_loss"].to_list() == [2.0, 1.0]


def test_an_estimators_evaluations_belong_to_its_run(tmp_path):
    with tensorboard.SummaryWriter(str(tmp_path / "model")) as log:
        log.add_scalar("loss", 1.0, 100)
        write(tmp_path / "model" / "eval", [(100, {"accuracy": 0.5})])
        log.add_scalar("loss", 0.5, 200)
    (info,) = list_runs([tmp_path]).runs
    assert read(info.location).summary == {"loss": 0.5, "eval/accuracy": 0.5}


def test_catboosts_event_files_are_left_to_its_own_logs(tmp_path):
    write(tmp_path / "catboost_info" / "learn", [(0, {"Logloss": 1.0})])
    (tmp_path / "catboost_info" / "learn_error.tsv").write_text("iter\tLogloss\n")
    assert not [info for info in list_runs([tmp_path]).runs if info.source == "tensorboard"]


def test_a_named_file_is_the_run_that_it_belongs_to(tmp_path):
    write(tmp_path / "r", [(0, {"x": 1.0})])
    write(tmp_path / "r", [(1, {"x": 2.0})], filename_suffix=".2")
    for path in (tmp_path / "r").iterdir():
        (info,) = list_runs([path]).runs
        assert read(info.location).history.frame["x"].to_list() == [1.0, 2.0]
