"""What a run ran on, as its config states it or its telemetry shows."""

import pytest

from runcompare.records.run import Hardware
from runcompare.sources.kit.hardware import JobSize, hardware_of, hardware_of_job, job_size, stated_hardware


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


@pytest.mark.parametrize(
    ("config", "size"),
    [
        ({"trainer": {"num_nodes": 10, "devices": 4}, "world_size": 40}, JobSize(10, 40)),
        ({"env": {"SLURM_NNODES": "2", "SLURM_NTASKS": "16"}}, JobSize(2, 16)),
        ({"nnodes": 2, "nproc_per_node": 8}, JobSize(2, None, 8)),
        ({"num_nodes": 4, "strategy": "ddp"}, JobSize(4)),
        ({"num_nodes": 2708, "hidden": 16}, JobSize()),  # a graph's vertices
        ({"data": {"num_nodes": 2708}, "num_processes": 16}, JobSize()),  # and an actor-critic's environments
        ({"world_size": True, "nnodes": 0}, JobSize()),
    ],
)
def test_the_size_of_a_job_by_its_config(config, size):
    assert job_size(config) == size


@pytest.mark.parametrize(
    ("config", "used", "count"),
    [
        ({}, 0, 4),
        ({}, 1, 1),
        ({"nnodes": 10}, 0, 40),
        ({"nnodes": 10}, 1, 40),  # the tracker sees rank 0's process only
        ({"world_size": 40}, 1, 40),
        ({"world_size": 2}, 0, 2),
        ({"world_size": 2}, 4, 4),
        ({"nnodes": 2, "nproc_per_node": 2}, 0, 4),
        ({"world_size": 1}, 0, 4),
    ],
)
def test_accelerators_of_the_whole_job_count(config, used, count):
    found = hardware_of_job(Hardware("A100", 4), config, used=used)
    assert found.hardware.accelerator_count == count
    assert bool(found.warnings) == (count != (used or 4))


def test_a_job_of_several_cpu_machines_is_noted():
    found = hardware_of_job(Hardware(cpu="EPYC", cpu_count=64), {"nnodes": 3})
    assert found.hardware == Hardware(cpu="EPYC", cpu_count=64)
    assert "3 nodes" in found.warnings[0]


def test_processes_on_unknown_devices_are_kept():
    assert hardware_of({"world_size": 8}, []).hardware == Hardware(world_size=8)
