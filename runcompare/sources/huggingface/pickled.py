"""`training_args.bin` without unpickling it: the plain values of the object in the file, and nothing that is run.

`torch.save` writes a zip with a pickle, a program that builds objects by calling what it names. Here its opcodes are
followed on a stack of plain values: texts, numbers, lists, mappings. A class or function that is named is kept as a
name, a call of it as its only argument (so are enumerations written), anything else as unknown. What isn't plain is
left out of the result.
"""

import io
import pickletools
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.files import read_whole

__all__ = ["plain_values"]

LARGEST = 1 << 20  # bytes of the pickle, which has some kB
LONGEST = 1_000  # characters of a text that is kept
_PUSHES = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = frozenset(
    {"BINFLOAT", "BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
)
_IGNORED = frozenset({"PROTO", "FRAME", "STOP"})


class _Unknown:
    """What a pickle would have called or looked up, and the state that it would have been given."""

    def __init__(self) -> None:
        self.state: Any = None


class _Mark:
    """Where on the stack a list or mapping begins."""


class _Machine:
    """The stack and the memory of a pickle's program."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.steps: Mapping[str, Callable[[Any], None]] = {
            "MARK": lambda arg: self.stack.append(_Mark()),
            "EMPTY_LIST": lambda arg: self.stack.append([]),
            "EMPTY_DICT": lambda arg: self.stack.append({}),
            "EMPTY_TUPLE": lambda arg: self.stack.append(()),
            "EMPTY_SET": lambda arg: self.stack.append(_Unknown()),
            "GLOBAL": lambda arg: self.stack.append(_Unknown()),
            "STACK_GLOBAL": lambda arg: self._replace(2, lambda *_: _Unknown()),
            "TUPLE1": lambda arg: self._replace(1, lambda *values: values),
            "TUPLE2": lambda arg: self._replace(2, lambda *values: values),
            "TUPLE3": lambda arg: self._replace(3, lambda *values: values),
            "TUPLE": lambda arg: self.stack.append(tuple(self._since_mark())),
            "NEWOBJ": lambda arg: self._replace(2, lambda *_: _Unknown()),
            "NEWOBJ_EX": lambda arg: self._replace(3, lambda *_: _Unknown()),
            "REDUCE": lambda arg: self._replace(2, _called),
            "BUILD": self._build,
            "APPEND": lambda arg: self._append([self.stack.pop()]),
            "APPENDS": lambda arg: self._append(self._since_mark()),
            "SETITEM": lambda arg: self._set([self.stack.pop() for _ in range(2)][::-1]),
            "SETITEMS": lambda arg: self._set(self._since_mark()),
            "BINPERSID": lambda arg: self._replace(1, lambda *_: _Unknown()),
            "POP": lambda arg: self._replace(1, None),
        }

    def step(self, name: str, arg: Any) -> None:
        """Raises KeyError for an opcode that is not known here, IndexError for a program that makes no sense."""
        if name in _PUSHES:
            self.stack.append(_PUSHES[name])
        elif name in _VALUES:
            self.stack.append(arg)
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = self.stack[-1]
        elif name.endswith("BINPUT"):
            self.memo[arg] = self.stack[-1]
        elif name.endswith("BINGET"):
            self.stack.append(self.memo[arg])
        elif name not in _IGNORED:
            self.steps[name](arg)

    def _replace(self, count: int, made: Callable[..., Any] | None) -> None:
        values = [self.stack.pop() for _ in range(count)][::-1]
        if made is not None:
            self.stack.append(made(*values))

    def _since_mark(self) -> list[Any]:
        found: list[Any] = []
        while not isinstance(value := self.stack.pop(), _Mark):
            found.append(value)
        return found[::-1]

    def _append(self, values: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(values)

    def _set(self, values: list[Any]) -> None:
        if isinstance(self.stack[-1], dict):
            pairs = zip(values[::2], values[1::2], strict=True)
            self.stack[-1].update({key: value for key, value in pairs if isinstance(key, str)})

    def _build(self, arg: Any) -> None:
        state = self.stack.pop()
        if isinstance(self.stack[-1], _Unknown):
            self.stack[-1].state = state


def _called(what: Any, args: Any) -> Any:
    """A call with one plain argument is that argument, as a member of an enumeration is written."""
    return args[0] if isinstance(args, tuple) and len(args) == 1 and _is_plain(args[0]) else _Unknown()


def plain_values(path: Path) -> dict[str, Any]:
    """The texts, numbers, truth values and flat lists among the attributes of the object that `torch.save` wrote.

    Raises:
        UnreadableRun: it is no such file, or its pickle is of another kind than those of plain objects.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_whole(path))) as archive:
            inside = next(i for i in archive.infolist() if i.filename.endswith("/data.pkl") and i.file_size <= LARGEST)
            program = archive.read(inside)
        machine = _Machine()
        for opcode, arg, _ in pickletools.genops(program):
            machine.step(opcode.name, arg)
        (made,) = machine.stack
        state = made.state
        return {key: value for key, value in state.items() if _is_plain(value) or _is_flat(value)}
    except (zipfile.BadZipFile, StopIteration, ValueError, KeyError, IndexError, AttributeError, TypeError, OSError):
        raise UnreadableRun(f"{path} is not read: its pickle is not one of plain settings.") from None


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, int | float | bool) or (isinstance(value, str) and len(value) <= LONGEST)


def _is_flat(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) <= LONGEST and all(map(_is_plain, value))
