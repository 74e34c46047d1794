"""A loop of any kind: the run is recorded, and a report on it is written beside it once it has ended.

python examples/hooks/plain_loop.py runs/base --seed 0
python examples/hooks/plain_loop.py runs/new --lr 0.2 --baseline base
"""

import argparse
import random

import runcompare
from runcompare.hooks import report_on_exit

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--baseline")
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--steps", type=int, default=50)
args = parser.parse_args()
config = {"lr": args.lr, "seed": args.seed, "steps": args.steps}
name = args.folder.rpartition("/")[2]

with (
    runcompare.Recorder(args.folder, name=name, config=config) as record,
    report_on_exit(record, baseline=args.baseline, metric="val/loss"),
):
    noise = random.Random(args.seed)
    weight = 4.0
    for step in range(args.steps):
        weight -= args.lr * weight
        record.log({"val/loss": weight**2 + 0.01 + 0.001 * noise.random()}, step=step)
