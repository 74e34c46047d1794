"""The dated price book and the devices that it names."""
