"""W&B's cloud through its own client, in a process of its own."""
