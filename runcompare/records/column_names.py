"""What is a logged key called as a column? By its own name, unless polars would read that as something else.

`*` and `^...$` are patterns to polars wherever a column's name goes through an expression, and many methods of a column
do so by themselves: such a key is a column `KEY#metric`. A zero byte ends a name in Arrow and half a surrogate pair has
no UTF-8 form: both are written out.
"""

from collections.abc import Container, Iterable

__all__ = ["TAKEN_SUFFIX", "apart", "apart_from", "as_column", "as_text"]

TAKEN_SUFFIX = "#metric"


def as_column(key: str) -> str:
    """The column's name; the same again for what is one already."""
    name = key if key.isascii() else as_text(key)
    if "\0" in name:
        name = name.replace("\0", "\\x00")
    return name + TAKEN_SUFFIX if name == "*" or (name[:1] == "^" and name[-1:] == "$") else name


def as_text(text: str) -> str:
    """The text with half surrogate pairs written out, so that it can be encoded; the very same object without any."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def apart(names: Iterable[str]) -> list[str]:
    """The names, each once: the second of the same is `NAME 2`."""
    taken: dict[str, None] = {}
    for name in names:
        taken[apart_from(taken, name)] = None
    return list(taken)


def apart_from(taken: Container[object], name: str) -> str:
    """The name, or with the first number that makes it another than those that are taken."""
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} {number}"
    return unique
