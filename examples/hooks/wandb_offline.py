"""W&B, offline or online: one line watches the run.

python examples/hooks/wandb_offline.py --tag prod
python examples/hooks/wandb_offline.py --lr 0.2 --baseline tag:prod
"""

import argparse
import random

import wandb

import runcompare.hooks

parser = argparse.ArgumentParser()
parser.add_argument("--baseline")
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--tag", action="append", default=[])
args = parser.parse_args()

wandb.init(mode="offline", project="demo", config={"lr": args.lr, "seed": args.seed}, tags=args.tag)
runcompare.hooks.watch(wandb.run, baseline=args.baseline)

noise = random.Random(args.seed)
weight = 4.0
for _step in range(50):
    weight -= args.lr * weight
    wandb.log({"val/loss": weight**2 + 0.01 + 0.001 * noise.random()})
wandb.finish()
