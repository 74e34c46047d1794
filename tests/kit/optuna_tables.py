"""The tables of Optuna's storage that are read, as Optuna makes them, and studies in them."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

TABLES = """
CREATE TABLE studies (study_id INTEGER, study_name TEXT);
CREATE TABLE study_directions (study_id INTEGER, direction TEXT, objective INTEGER);
CREATE TABLE study_system_attributes (study_id INTEGER, key TEXT, value_json TEXT);
CREATE TABLE trials (trial_id INTEGER, number INTEGER, study_id INTEGER, state TEXT, datetime_start, datetime_complete);
CREATE TABLE trial_params (trial_id INTEGER, param_name TEXT, param_value FLOAT, distribution_json TEXT);
CREATE TABLE trial_values (trial_id INTEGER, objective INTEGER, value FLOAT);
CREATE TABLE trial_intermediate_values (trial_id INTEGER, step INTEGER, intermediate_value FLOAT);
"""
FLOAT = json.dumps({"name": "FloatDistribution", "attributes": {"low": 0, "high": 1}})


def write_study(path: Path, values: Sequence[float], name: str = "tuned") -> None:
    """A study that maximizes `val/acc` and has tried one learning rate for each value."""
    with sqlite3.connect(path) as db:
        db.executescript(TABLES)
        db.execute("INSERT INTO studies VALUES (1, ?)", (name,))
        db.execute("INSERT INTO study_directions VALUES (1, 'MAXIMIZE', 0)")
        db.execute("""INSERT INTO study_system_attributes VALUES (1, 'study:metric_names', '["val/acc"]')""")
        for i, value in enumerate(values):
            times = (f"2026-11-26 11:0{i % 10}:00", f"2026-11-26 11:0{i % 10}:30")
            db.execute("INSERT INTO trials VALUES (?, ?, 1, 'COMPLETE', ?, ?)", (i, i, *times))
            db.execute("INSERT INTO trial_values VALUES (?, 0, ?)", (i, value))
            db.execute("INSERT INTO trial_params VALUES (?, 'lr', ?, ?)", (i, (i + 1) / 1000, FLOAT))
    db.close()
