"""Stable-Baselines3's logs of episodes and evaluations."""
