"""Trials of Optuna's studies."""
