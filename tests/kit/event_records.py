"""The records of an event file's bytes, for tests that change them."""

import io

from runcompare.sources.tensorboard.events import Decoder
from runcompare.sources.tensorboard.framing import Damage, Piece, read_pieces


def read_records(body: bytes) -> Piece:
    """All of them as one piece."""
    whole = Piece(0, len(body), [], Damage())
    for piece in read_pieces(io.BytesIO(body)):
        whole.records.extend(piece.records)
        whole.damage.add(piece.damage)
    return whole


def decode(records: list[bytes]) -> Decoder:
    """What is decoded of them."""
    decoder = Decoder()
    decoder.add(records)
    return decoder
