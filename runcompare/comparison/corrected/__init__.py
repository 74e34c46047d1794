"""The corrected config: what goes into it, what it should reach, and how a file is changed in place."""
