"""Lightning: a callback, with any logger whose runs can be read, or with none.

python examples/hooks/lightning_fit.py logs
python examples/hooks/lightning_fit.py logs --lr 0.1 --baseline version_0
"""

import argparse

import lightning.pytorch as pl
import torch
from lightning.pytorch.loggers import CSVLogger

from runcompare.hooks.lightning import ReportCallback

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--baseline")
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()


class Line(pl.LightningModule):
    def __init__(self, lr: float, seed: int) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        x, y = batch
        loss = torch.nn.functional.mse_loss(self.layer(x), y)
        self.log("val/loss", loss, on_epoch=True, on_step=False)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.hparams["lr"])


pl.seed_everything(args.seed)
x = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=16)
trainer = pl.Trainer(
    max_epochs=5,
    accelerator="cpu",
    logger=CSVLogger(args.folder, name="line"),
    callbacks=[ReportCallback(baseline=args.baseline)],
    enable_progress_bar=False,
    enable_checkpointing=False,
    enable_model_summary=False,
)
trainer.fit(Line(args.lr, args.seed), data)
