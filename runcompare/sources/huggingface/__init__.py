"""The Hugging Face Trainer's `trainer_state.json`."""
