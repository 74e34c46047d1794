"""Device names as trackers write them."""

import pytest

from runcompare.costs.prices.devices import identify


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("NVIDIA A100-SXM4-80GB", ["A100-80GB"]),
        ("NVIDIA A100-SXM4-40GB", ["A100-40GB"]),
        ("NVIDIA A100 80GB PCIe", ["A100-80GB"]),
        ("NVIDIA A100-PCIE-40GB", ["A100-40GB"]),
        ("A100", ["A100-40GB", "A100-80GB"]),
        ("A100-80G", ["A100-80GB"]),
        ("a100_40gb", ["A100-40GB"]),
        ("8x NVIDIA A100-SXM4-80GB", ["A100-80GB"]),
        ("NVIDIA H100 80GB HBM3", ["H100"]),
        ("NVIDIA H100 PCIe", ["H100"]),
        ("NVIDIA H100 NVL", ["H100"]),
        ("NVIDIA H200", ["H200"]),
        ("NVIDIA B200", ["B200"]),
        ("NVIDIA GH200 480GB", ["GH200"]),
        ("Tesla V100-SXM2-16GB", ["V100-16GB"]),
        ("Tesla V100-PCIE-16GB", ["V100-16GB"]),
        ("Tesla T4", ["T4"]),
        ("NVIDIA L4", ["L4"]),
        ("NVIDIA L40", ["L40"]),
        ("NVIDIA L40S", ["L40S"]),
        ("NVIDIA A10", ["A10"]),
        ("NVIDIA A10G", ["A10G"]),
        ("NVIDIA RTX A6000", ["RTXA6000"]),
        ("NVIDIA GeForce RTX 3090", ["RTX3090"]),
        ("NVIDIA GeForce RTX 4090", ["RTX4090"]),
        ("NVIDIA GeForce RTX 5090", ["RTX5090"]),
        ("RTX4090", ["RTX4090"]),
        ("AMD Instinct MI300X OAM", ["MI300X"]),
    ],
)
def test_known_names(name: str, keys: list[str]) -> None:
    device = identify(name)
    assert device is not None
    assert list(device.keys) == keys


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Tesla V100-SXM2-32GB",  # the book has the 16 GB only
        "NVIDIA A100-SXM4-80GB MIG 1g.10gb",
        "GRID A100D-20C",
        "NVIDIA A10-24Q",
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "NVIDIA GeForce RTX 4090 D",
        "NVIDIA GeForce RTX 3090 Ti",
        "NVIDIA RTX 6000 Ada Generation",
        "NVIDIA A40",
        "NVIDIA GB200",
        "NVIDIA H20",
        "NVIDIA T400",
        "AMD Instinct MI300A",
        "Apple M2 Max",
        "TPU v4",
        "AMD EPYC 7763 64-Core Processor",
        "\x00\n|A|",
    ],
)
def test_unknown_names_are_not_guessed(name: str) -> None:
    assert identify(name) is None


@pytest.mark.parametrize(
    ("name", "watts"),
    [("NVIDIA H100 80GB HBM3", (700, 700)), ("NVIDIA H100 PCIe", (350, 350)), ("H100", (350, 700))],
)
def test_watts_follow_the_form_factor(name: str, watts: tuple[float, float]) -> None:
    device = identify(name)
    assert device is not None
    assert device.watts == watts
