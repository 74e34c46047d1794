"""Keras 3, with any backend: a callback, which also records the run, since Keras keeps no log.

KERAS_BACKEND=torch python examples/hooks/keras_fit.py runs/base
KERAS_BACKEND=torch python examples/hooks/keras_fit.py runs/new --lr 0.05 --baseline base
"""

import argparse

import keras
import numpy as np

from runcompare.hooks.keras import ReportCallback

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--baseline")
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

keras.utils.set_random_seed(args.seed)
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(args.lr), loss="mse")
name = args.folder.rpartition("/")[2]
report = ReportCallback(args.folder, baseline=args.baseline, name=name, config={"seed": args.seed})
model.fit(x, x.sum(1), validation_split=0.25, epochs=5, batch_size=16, verbose=0, callbacks=[report])
