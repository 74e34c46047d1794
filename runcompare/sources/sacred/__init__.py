"""Runs of Sacred's file storage."""
