"""Text logs by a pattern of the user's."""
