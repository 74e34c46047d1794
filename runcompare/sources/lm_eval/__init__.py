"""Results of the LM Evaluation Harness."""
