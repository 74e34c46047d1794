"""From what a user types to groups of runs: grammar, search, narrowing, replicates."""
