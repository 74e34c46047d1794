"""The engine's training: stages, epochs, corrector, processes, checkpoints."""
