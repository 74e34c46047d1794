"""What a logged number means: direction, scale, unit, and the value that stands for a run."""
