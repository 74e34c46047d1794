"""The engine's network: layers and the latent simulator."""
