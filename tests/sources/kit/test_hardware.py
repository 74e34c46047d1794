"""What a run ran on, as its config states it or its telemetry shows."""

import pytest

from runcompare.records.run import Hardware
from runcompare.sources.kit.hardware import hardware_of, stated_hardware


@pytest.mark.parametrize(
    ("keys", "count"),
    [
        ([], 0),
        (["loss", "gpu_hours"], 0),
        (["system/gpu_0_power", "system/gpu_0_memory"], 1),
        (["gpu/0/x", "gpu/1/x"], 2),
        (["system/gpu_0_x/l:a", "system/gpu_0_x/l:b"], 2),  # one device on each of two machines
    ],
)
def test_devices_that_telemetry_shows(keys, count):
    found = hardware_of({}, keys)
    assert found.hardware == Hardware(accelerator_count=count)
    assert bool(found.warnings) == (count > 1)


def test_what_is_stated_counts_before_what_is_seen():
    found = hardware_of({"hardware": {"accelerator": "A100", "accelerator_count": 4}}, ["gpu/0/x"])
    assert found == (Hardware("A100", 4), ())
    assert hardware_of({"hardware": {"accelerator": "A100"}}, ["gpu/0/x"]).hardware == Hardware("A100", 1)


@pytest.mark.parametrize("odd", [None, 3, "A100", {"accelerator": 3, "accelerator_count": True, "cpu": "", "x": 1}])
def test_fields_of_another_type_are_left_out(odd):
    assert stated_hardware(odd) == Hardware()
