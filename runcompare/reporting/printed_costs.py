"""Faces of what tells money and time: costs, plans and forecasts. See `printed.py`."""

from collections.abc import Sequence

from runcompare.comparison.cost_report import CostReport
from runcompare.comparison.planning import Plan
from runcompare.costs import Forecast, LedgerLine
from runcompare.costs.forecasts.forecast import ForecastLine
from runcompare.records.as_json import json_text
from runcompare.records.figure import Figure
from runcompare.reporting.costs import cost_document, cost_text, forecast_text
from runcompare.reporting.escape import clean, fenced, text, without_mathematics
from runcompare.reporting.numbers import duration, money
from runcompare.reporting.page import table
from runcompare.reporting.plan import plan_text
from runcompare.reporting.printed import Pictures, Printed, Record
from runcompare.reporting.words import figure

__all__ = ["COSTS", "FORECAST", "PLAN", "pictures_of_costs"]


COLUMNS = ("Time", "Device-hours", "Money")


def _document(title: str, printed: str, head: Sequence[str] = (), rows: Sequence[Sequence[str]] = ()) -> str:
    """A table of the main figures, where there is one, and what the command prints in columns."""
    main = [*table(head, iter(rows))] if rows else []
    return without_mathematics("\n".join([f"# {title}", "", *main, fenced(printed.rstrip(), "text"), ""]))


def _main(name: str, line: LedgerLine | ForecastLine) -> Sequence[str]:
    return text(clean(name)), *(figure(f) for f in (line.wall, line.device_hours, line.money))


def _figure(name: str, figure: Figure) -> Record:
    return {name: figure.mid, f"{name}_from": str(figure.provenance)}


def pictures_of_costs(report: CostReport) -> Pictures:
    """Cost against quality, where both are known."""
    from runcompare.reporting.frontier_plot import frontier_figure, is_drawable

    return {"frontier": lambda: frontier_figure(report)} if is_drawable(report) else {}


def _costs_line(report: CostReport) -> str:
    return "; ".join(
        f"{clean(cost.label)}: {_a_run(cost.group.mean.wall, cost.group.mean.money)}" for cost in report.groups
    )


def _a_run(time: Figure, price: Figure) -> str:
    told = [duration(time.mid)] if time.mid is not None else []
    told += [money(price.mid)] if price.mid is not None else []
    return f"{' and '.join(told)} a run" if told else "nothing known"


def _cost_rows(report: CostReport) -> list[Record]:
    return [
        {
            "group": cost.label,
            "runs": cost.group.runs,
            "stage": line.stage,
            **_figure("time_s", line.wall),
            **_figure("device_hours", line.device_hours),
            **_figure("energy_kwh", line.energy),
            **_figure("money_usd", line.money),
            **_figure("co2_kg", line.co2),
        }
        for cost in report.groups
        for line in (*cost.group.mean_stages, cost.group.mean)
    ]


def _costs_document(report: CostReport) -> str:
    head, rows = ("A run of", *COLUMNS), [_main(cost.label, cost.group.mean) for cost in report.groups]
    return _document("What runs cost", cost_text(report), head, rows)


COSTS: Printed[CostReport] = Printed(
    _costs_line,
    _costs_document,
    lambda report: json_text(cost_document(report)),
    _cost_rows,
    pictures_of_costs,
)


def _plan_line(plan: Plan) -> str:
    sides, now = f"{clean(plan.candidate)} vs {clean(plan.baseline)}", " and ".join(map(str, plan.runs))
    return f"{sides}: seeds to know, at {plan.power:.0%} power, with {now} runs now"


def _plan_rows(plan: Plan) -> list[Record]:
    return [
        {
            "effect": line.effect,
            **_ends("seeds", line.seeds),
            **_ends("missing", line.missing),
            **_ends("device_hours", line.device_hours),
            **_ends("money_usd", line.money),
        }
        for line in plan.lines
    ]


def _ends(name: str, pair: tuple[float, float] | None) -> Record:
    low, high = pair or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}


PLAN: Printed[Plan] = Printed(
    _plan_line, lambda plan: _document("What knowing costs", plan_text(plan)), json_text, _plan_rows
)


def _forecast_line(cast: Forecast) -> str:
    return f"{_a_run(cast.total.wall, cast.total.money)}, estimated, {clean(cast.method)}"


def _forecast_rows(cast: Forecast) -> list[Record]:
    return [
        {
            "stage": line.stage,
            **_figure("time_s", line.wall),
            **_figure("device_hours", line.device_hours),
            **_figure("money_usd", line.money),
        }
        for line in (*cast.lines, cast.total)
    ]


def _forecast_document(cast: Forecast) -> str:
    rows = [_main(line.stage, line) for line in (*cast.lines, cast.total)]
    return _document("What a run will cost", forecast_text("The run", cast), ("Stage", *COLUMNS), rows)


FORECAST: Printed[Forecast] = Printed(
    _forecast_line,
    _forecast_document,
    json_text,
    _forecast_rows,
)
