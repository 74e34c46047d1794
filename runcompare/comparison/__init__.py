"""Two groups of runs into one Comparison."""
