"""Protobuf messages made at run time from a table of field numbers, so that no tracker's client is needed."""

from collections.abc import Mapping
from functools import cache
from typing import Any

__all__ = ["Schema", "messages"]

# message: field: (number, type); a leading * is repeated, a capital letter names a message
Schema = Mapping[str, Mapping[str, tuple[int, str]]]


def messages(package: str, schema: Schema) -> Mapping[str, Any]:
    """The message classes by name; `classes[name].FromString(data)` decodes. Made once for each package."""
    frozen = tuple((name, tuple(fields.items())) for name, fields in schema.items())
    return _made(package, frozen)


@cache
def _made(package: str, schema: tuple[tuple[str, tuple[tuple[str, tuple[int, str]], ...]], ...]) -> Mapping[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    full = f"runcompare.{package}"
    file = descriptor_pb2.FileDescriptorProto(name=f"runcompare_{package}.proto", package=full, syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in schema:
        made = file.message_type.add(name=name)
        for field, (number, type_name) in fields:
            repeated, kind = type_name.startswith("*"), type_name.lstrip("*")
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            entry = made.field.add(name=field, number=number, label=label)
            if kind[0].isupper():
                entry.type, entry.type_name = kinds.TYPE_MESSAGE, f".{full}.{kind}"
            else:
                entry.type = kinds.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{full}.{name}")) for name, _ in schema}
