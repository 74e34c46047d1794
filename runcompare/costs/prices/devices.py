"""Accelerators by the names that trackers write: "NVIDIA A100-SXM4-80GB" is the book's "A100-80GB".

A name is split into words. One word must be a model that we know, whole ("A10G" is not "A10"), and no word may make
it another product (a laptop's GPU, a MIG slice, a Ti). Memory decides between models that come in two sizes.

Watts are nominal board power limits as the makers publish them (NVIDIA's and AMD's product pages); a cloud may set
lower ones. GH200 is the whole module, whose limit is configurable.
"""

import re
from dataclasses import dataclass, field

__all__ = ["Device", "identify"]


@dataclass(frozen=True, slots=True)
class Device:
    """`keys` are the price book's names: several where the name leaves the memory size open.

    `watts` bounds the power limit of one device: two equal numbers where the name gives the form factor.
    """

    keys: tuple[str, ...]
    watts: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Model:
    """Book keys by memory in GB, watts by a word for the form factor, and watts where no such word is there."""

    keys: dict[int, str]
    watts: tuple[float, float]
    forms: dict[str, float] = field(default_factory=dict)


_MODELS = {
    "A10": _Model({24: "A10"}, (150, 150)),
    "A10G": _Model({24: "A10G"}, (300, 300)),
    "A100": _Model({40: "A100-40GB", 80: "A100-80GB"}, (250, 400), {"SXM": 400, "SXM4": 400}),
    "B200": _Model({180: "B200", 192: "B200"}, (1000, 1000)),
    "GH200": _Model({96: "GH200", 144: "GH200", 480: "GH200", 624: "GH200"}, (450, 1000)),
    "H100": _Model(
        {64: "H100", 80: "H100", 94: "H100", 96: "H100"},
        (350, 700),
        {"PCIE": 350, "NVL": 400, "SXM": 700, "SXM5": 700, "HBM3": 700},
    ),
    "H200": _Model({141: "H200", 143: "H200"}, (600, 700), {"NVL": 600, "SXM": 700, "SXM5": 700}),
    "L4": _Model({24: "L4"}, (72, 72)),
    "L40": _Model({48: "L40"}, (300, 300)),
    "L40S": _Model({48: "L40S"}, (350, 350)),
    "MI300X": _Model({192: "MI300X"}, (750, 750)),
    "RTX3090": _Model({24: "RTX3090"}, (350, 350)),
    "RTX4090": _Model({24: "RTX4090"}, (450, 450)),
    "RTX5090": _Model({32: "RTX5090"}, (575, 575)),
    "RTXA6000": _Model({48: "RTXA6000"}, (300, 300)),
    "T4": _Model({15: "T4", 16: "T4"}, (70, 70)),
    "V100": _Model({16: "V100-16GB"}, (250, 300), {"SXM2": 300, "PCIE": 250, "FHHL": 150}),
}

# words that make another product of a model
_OTHER = {"ADA", "BLACKWELL", "D", "LAPTOP", "MAX-Q", "MAXQ", "MIG", "MOBILE", "SUPER", "TI", "VGPU", "VIRTUAL"}
_VGPU_PROFILE = re.compile(r"\d+[ABCQ]")  # GRID A100-20C, A10-24Q
# a bare "4090" is a GeForce, a bare "A6000" the RTX A6000
_SHORT = {"A6000": "RTXA6000", "3090": "RTX3090", "4090": "RTX4090", "5090": "RTX5090"}
_COUNT = re.compile(r"^\s*\d+\s*[x×]\s*|\s+[x×]\s*\d+\s*$", re.IGNORECASE)  # "8x A100", "A100 x 8"
_MEMORY = re.compile(r"(\d+)G(I?B)?")


def identify(name: str) -> Device | None:
    """The device that a tracker's name means, or None if we don't know it."""
    words = _words(name)
    model = next((_MODELS[m] for m in (_SHORT.get(w, w) for w in words) if m in _MODELS), None)
    if model is None or _OTHER & set(words) or any(map(_VGPU_PROFILE.fullmatch, words)):
        return None
    memory = next((int(m[1]) for w in words if (m := _MEMORY.fullmatch(w))), None)
    if memory is not None and memory not in model.keys:
        return None
    keys = {model.keys[memory]} if memory is not None else set(model.keys.values())
    watts = next((model.forms[w] for w in words if w in model.forms), None)
    return Device(tuple(sorted(keys)), (watts, watts) if watts else model.watts)


def _words(name: str) -> list[str]:
    words = re.split(r"[\s_/,()\-]+", _COUNT.sub("", name).upper())
    joined: list[str] = []
    for word in filter(None, words):
        # "RTX 4090", "RTX A6000" and "80 GB" are one word each
        if joined and (joined[-1] == "RTX" or (word in ("GB", "GIB") and joined[-1].isdigit())):
            joined[-1] += word
        else:
            joined.append(word)
    return joined
