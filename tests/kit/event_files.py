"""TensorBoard's event files, written by the real writer and read back."""

import warnings

import pytest

from runcompare.sources.tensorboard.source import TensorBoard

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    tensorboard = pytest.importorskip("torch.utils.tensorboard")


def write(folder, rows, **writer):
    with tensorboard.SummaryWriter(str(folder), **writer) as log:
        for step, values in rows:
            for key, value in values.items():
                log.add_scalar(key, value, step)


def read(folder):
    return TensorBoard().read(str(folder))


def event_file(folder):
    (path,) = folder.glob("*tfevents*")
    return path
