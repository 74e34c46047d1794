"""CatBoost's training logs."""
