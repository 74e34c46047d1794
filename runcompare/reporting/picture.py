"""A matplotlib figure that shows itself in a notebook. Imports matplotlib, so import it where something is drawn."""

import io

from matplotlib.figure import Figure

__all__ = ["Picture"]


class Picture(Figure):
    """A figure that notebooks show without pyplot, whatever their backend."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png", dpi=100)
        return stream.getvalue()
