"""The Trainer of transformers: a callback, which also keeps arguments and seed beside the run.

python examples/hooks/huggingface_trainer.py out/base
python examples/hooks/huggingface_trainer.py out/new --lr 0.05 --baseline base
"""

import argparse

import torch
from transformers import Trainer, TrainingArguments

from runcompare.hooks.huggingface import ReportCallback

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--baseline")
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()


class Line(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        found = self.layer(x)
        return {"loss": torch.nn.functional.mse_loss(found, labels), "logits": found}


torch.manual_seed(args.seed)
x = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
data = [{"x": row, "labels": row.sum().reshape(1)} for row in x]
told = TrainingArguments(
    output_dir=args.folder,
    seed=args.seed,
    learning_rate=args.lr,
    num_train_epochs=5,
    per_device_train_batch_size=16,
    eval_strategy="epoch",
    logging_strategy="epoch",
    save_strategy="no",
    report_to="none",
    disable_tqdm=True,
    use_cpu=True,
)
callbacks = [ReportCallback(baseline=args.baseline)]
Trainer(Line(), told, train_dataset=data, eval_dataset=data, callbacks=callbacks).train()
