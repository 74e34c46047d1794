"""How long runs and their stages took."""
