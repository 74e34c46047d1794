"""The stages of a pipeline: found, their curves, their tables."""
