"""Certificates: a comparison with all that decided it, in one file, so that anybody can decide it again."""
