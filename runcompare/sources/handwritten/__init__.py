"""Runs written by hand as YAML."""
