"""What was spent without gain: epochs, search, seeds."""
