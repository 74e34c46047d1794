"""The equations, their spectral solver and their weak form."""
