"""What a configuration will cost, from runs that were measured."""
