"""Messages made from a table of field numbers."""

from runcompare.sources.kit.protobuf import messages

SCHEMA = {"Outer": {"name": (1, "bytes"), "inner": (2, "*Inner")}, "Inner": {"number": (3, "int64")}}


def test_round_trip_and_unknown_fields():
    outer = messages("kit_test", SCHEMA)["Outer"]
    made = outer(name=b"a")
    made.inner.add(number=7)
    again = outer.FromString(made.SerializeToString() + b"\x78\x01")
    assert (again.name, [inner.number for inner in again.inner]) == (b"a", [7])


def test_classes_are_made_once():
    assert messages("kit_test", SCHEMA)["Outer"] is messages("kit_test", SCHEMA)["Outer"]
