"""Trackio's SQLite projects."""
