"""Results are whole: named, with their warnings as fields; many arguments are named at the call."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import runcompare

PACKAGE = Path(runcompare.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[str, Function]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}", node


def mixed_tuples(annotation: ast.expr | None) -> bool:
    """Whether `tuple[A, B]` with different A and B stands anywhere in an annotation, but for an iterator of pairs that
    begin with text: the items of a mapping."""
    if annotation is not None and re.match(r"(Iterator|Iterable)\[tuple\[str, [^\[]*\]\]$", ast.unparse(annotation)):
        return False
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "tuple[" in node.value:
            return mixed_tuples(ast.parse(node.value, mode="eval").body)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "tuple" and isinstance(node.slice, ast.Tuple):
            parts = {ast.unparse(part) for part in node.slice.elts}
            if len(parts) > 1 and "..." not in parts:
                return True
    return False


def test_no_result_is_a_bare_tuple_of_different_things():
    found = [where for where, f in functions() if mixed_tuples(f.returns)]
    assert not found, "give these a NamedTuple or a dataclass:\n" + "\n".join(found)


def test_no_argument_is_a_list_to_write_notes_into():
    found = []
    for where, f in functions():
        for a in (*f.args.args, *f.args.kwonlyargs):
            kind = ast.unparse(a.annotation) if a.annotation else ""
            if a.arg in ("notes", "warnings", "problems", "said", "told", "errors") and kind.startswith("list["):
                found.append(f"{where}({a.arg})")
    assert not found, "make it a field of the result:\n" + "\n".join(found)


def test_more_than_four_arguments_are_named():
    """Those of click's commands are always named."""
    found = []
    for where, f in functions():
        decorated = any("option" in ast.unparse(d) or "command" in ast.unparse(d) for d in f.decorator_list)
        names = [a.arg for a in (*f.args.posonlyargs, *f.args.args) if a.arg not in ("self", "cls")]
        if len(names) > 4 and not decorated:
            found.append(f"{where}({', '.join(names)})")
    assert not found, "put a * before the fifth:\n" + "\n".join(found)
