"""More runs: replicates until a question is decided."""
