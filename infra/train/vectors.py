"""Reference vectors: made-up inputs, some on the very thresholds of the trees, and what XGBoost answers to them."""

from __future__ import annotations

import json

import numpy as np
import xgboost

from fitting import predict

PLAIN_ROWS = 24
THRESHOLD_ROWS = 16


def reference_vectors(booster, ranges, seed):
    """Values are drawn from `ranges`; a quarter are missing, and the last rows take values from the trees' own splits."""
    rng = np.random.default_rng(seed)
    low, high = np.array(ranges, dtype=np.float64).T
    rows = rng.uniform(low, high, (PLAIN_ROWS + THRESHOLD_ROWS, len(ranges))).round(2)
    thresholds = splits(booster)
    for row in rows[PLAIN_ROWS:]:
        for column in range(len(ranges)):
            if thresholds[column]:
                at = float(rng.choice(thresholds[column]))
                row[column] = rng.choice([at, np.nextafter(at, -np.inf), np.nextafter(np.float32(at), -np.inf)])
    rows[rng.random(rows.shape) < 0.25] = np.nan
    rows[0] = np.nan
    return {
        "xgboost": xgboost.__version__,
        "features": booster.feature_names,
        "rows": [[None if np.isnan(value) else float(value) for value in row] for row in rows],
        "margins": floats(predict(booster, rows.astype(np.float32), margin=True)),
        "predictions": floats(predict(booster, rows.astype(np.float32))),
    }


def splits(booster):
    """The thresholds of each feature's splits, as doubles that hold the float32 exactly."""
    found = {column: set() for column in range(len(booster.feature_names))}
    for tree in json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]:
        for left, column, at in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"]):
            if left != -1:
                found[column].add(float(np.float32(at)))
    return {column: sorted(values) for column, values in found.items()}


def regression_booster():
    """A regression on made-up numbers: deeper trees, a base score far from zero, many missing values."""
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(400, 4)).astype(np.float32)
    target = 40 + 3 * rows[:, 0] - 2 * rows[:, 1] * rows[:, 2] + rng.normal(size=400)
    rows[rng.random(rows.shape) < 0.3] = np.nan
    data = xgboost.DMatrix(rows, target, feature_names=["a", "b", "c", "d"])
    parameters = {"objective": "reg:squarederror", "max_depth": 5, "eta": 0.4, "nthread": 1, "seed": 7}
    return xgboost.train(parameters, data, 8)


def floats(values):
    """Shortest decimals that read back as the same float32."""
    return [float(str(value)) for value in values]
