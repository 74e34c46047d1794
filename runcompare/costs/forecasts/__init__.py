"""What a configuration will cost, from the runs there are."""
