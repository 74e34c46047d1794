"""The options of a comparison as a request, with the settings filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from runcompare import settings as settings_file
from runcompare.errors import UsageError
from runcompare.inputs.groups import Folders, Reference, as_keys
from runcompare.records.redact import redact
from runcompare.records.run import Group, Run

if TYPE_CHECKING:
    from runcompare.comparison.request import Request
    from runcompare.metrics.min_effect import MinEffect
    from runcompare.metrics.override import Override

__all__ = ["asked_options", "request_of"]


def request_of(
    *,
    runs: Folders,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    scale: Literal["log", "logit", "linear"] | None = None,
    value: str = "final",
    min_effect: str | float | None = None,
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    noise_cv: float | None = None,
    noise_from: Sequence[Reference] = (),
    noise_library: bool | None = None,
    guardrails: Sequence[str] = (),
    pair_by: str | None = None,
    force: bool = False,
    ignore: Sequence[str] = (),
) -> "Request":
    """The options with the settings filled in; still without a history."""
    from runcompare.comparison.request import Request
    from runcompare.metrics.min_effect import parse_min_effect
    from runcompare.metrics.override import Override
    from runcompare.metrics.value import parse_rule

    chosen = settings_file.load()
    effect = chosen.min_effect if min_effect is None else min_effect
    flags = " and ".join(f"--{n}" for n, given in (("direction", direction), ("scale", scale)) if given)
    guarded = _guarded(guardrails)
    return Request(
        metric=metric or chosen.metric,
        primary=Override(direction=direction, scale=scale, source=flags),
        overrides={**chosen.metrics, **_over(chosen.metrics, guarded.directions)},
        value=parse_rule(value),
        min_effect=None if effect is None else parse_min_effect(effect),
        alpha=_fraction("alpha", alpha, chosen.alpha),
        gpu_price=_positive("gpu_price", gpu_price) or chosen.gpu_price,
        cpu_price=_positive("cpu_price", cpu_price) or chosen.cpu_price,
        prices=chosen.prices,
        noise_cv=_positive("noise_cv", noise_cv),
        noise_library=chosen.noise_library if noise_library is None else noise_library,
        guardrails=guarded.margins,
        pair_by=pair_by,
        force=force,
        ignore=as_keys(ignore),
        asked=asked_options(
            runs=() if runs is None else (runs,) if isinstance(runs, str | Path) else tuple(runs),
            metric=metric,
            direction=direction,
            scale=scale,
            value=None if value == "final" else value,
            min_effect=min_effect,
            alpha=alpha,
            gpu_price=gpu_price,
            cpu_price=cpu_price,
            noise_cv=noise_cv,
            noise_from=noise_from,
            no_noise_library=noise_library is False,
            guardrails=guardrails,
            pair_by=pair_by,
            force=force,
            ignore=as_keys(ignore),
        ),
    )


def asked_options(**options: Any) -> dict[str, Any]:
    """The options that were given, as plain data: runs at hand by their references."""
    plain = {name: redact(_as_plain(given), name) for name, given in options.items()}
    return {name: given for name, given in plain.items() if given is not None and given is not False and given != ()}


def _as_plain(given: Any) -> Any:
    if isinstance(given, Group):
        return given.reference
    if isinstance(given, Run):
        return given.id
    if isinstance(given, list | tuple):
        return tuple(map(_as_plain, given))
    return str(given) if isinstance(given, Path) else given


def _over(settings: "Mapping[str, Override]", said: "Mapping[str, Override]") -> "dict[str, Override]":
    """What the flags say of metrics, with what the settings say where the flags are silent."""
    return {
        key: replace(settings.get(key, one), direction=one.direction, source=one.source) for key, one in said.items()
    }


class _Guarded(NamedTuple):
    """Guardrails: what `KEY[:min|:max][:MARGIN]` says of each key."""

    margins: "dict[str, MinEffect | None]"
    directions: "dict[str, Override]"


def _guarded(guardrails: Sequence[str]) -> _Guarded:
    from runcompare.metrics.min_effect import parse_min_effect
    from runcompare.metrics.override import Override

    found = _Guarded({}, {})
    for text in guardrails:
        key, margin = text, None
        front, _, last = text.rpartition(":")
        if front and last[:1].isdigit():
            key, margin = front, parse_min_effect(last)
        front, _, last = key.rpartition(":")
        if front and last in ("min", "max"):
            key = front
            found.directions[key] = Override(direction=last, source="--guardrail")  # type: ignore[arg-type]
        found.margins[key] = margin
    return found


def _positive(name: str, number: float | None) -> float | None:
    if number is not None and not 0 < number < float("inf"):
        raise UsageError(
            f"{name} must be above 0, got {number:g}.", hint="Give a price or a noise as a positive number."
        )
    return number


def _fraction(name: str, number: float | None, default: float) -> float:
    if number is None:
        return default
    if not 0 < number < 1:
        raise UsageError(
            f"{name} must lie between 0 and 1, got {number:g}.", hint="2 % is 0.02 (or '2%' on the command line)."
        )
    return number
