"""The staged latent PDE simulator: trains for real and logs real runs. Needs the extra `engine` (torch)."""
