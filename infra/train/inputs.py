"""Inputs of a model as its card lists them, and how a table's cells become them."""

from __future__ import annotations

import numpy as np


def number(name, title, unit, low, high, description, **more):
    return {"name": name, "type": "number", "title": title, "unit": unit, "min": low, "max": high, **more,
            "description": description}


def integer(name, title, unit, low, high, description, **more):
    return {**number(name, title, unit, low, high, description, **more), "type": "integer"}


def category(name, title, categories, description, **more):
    """`categories` is a list of (code in the table, name in the API, meaning)."""
    listed = [{"code": code, "name": label, "meaning": meaning} for code, label, meaning in categories]
    return {"name": name, "type": "category", "title": title, "categories": listed, **more, "description": description}


NO_YES = [(0, "no", "no"), (1, "yes", "yes")]


def read_table(path, inputs):
    """Rows as float32 with NaN for what is missing, and the last column as 0/1."""
    cells = np.genfromtxt(path, delimiter=",", missing_values="?", filling_values=np.nan, dtype=np.float64)
    rows, outcome = cells[:, :-1], (cells[:, -1] > 0).astype(np.int32)
    if rows.shape[1] != len(inputs):
        raise SystemExit(f"{path}: {rows.shape[1] + 1} columns, expected {len(inputs) + 1}")
    for column, one in enumerate(inputs):
        if one.get("zeroMeansMissing") or one.get("tableZeroMeansMissing"):
            rows[rows[:, column] == 0, column] = np.nan
    return rows.astype(np.float32), outcome
