"""What a run is, whichever tracker it came from.

Import from the modules: `recorder` and `figure` need nothing but Python; `history` and `run` need polars.
"""
