"""Cost to quality: cost curves, targets, frontiers."""
