"""Trajectories to train on: generated, or read from PDEBench files."""
