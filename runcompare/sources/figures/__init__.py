"""Files of final figures."""
