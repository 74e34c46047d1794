"""W&B: offline logs, and the cloud."""
