"""Small forests of every supported form, with what XGBoost answers to made-up rows: fixtures of the TypeScript walker."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import xgboost

FIXTURES = Path(__file__).parents[2] / "test" / "fixtures" / "models" / "forests"
FEATURES = 6
CATEGORIES = 11
TRAINING_ROWS = 600
VECTORS = 24

FORMS = {
    "logistic-depth-3": ({"objective": "binary:logistic", "max_depth": 3}, 10),
    "logistic-depth-8": ({"objective": "binary:logistic", "max_depth": 8, "min_child_weight": 0.2}, 6),
    "reg-logistic": ({"objective": "reg:logistic", "max_depth": 4}, 5),
    "regression": ({"objective": "reg:squarederror", "max_depth": 4, "base_score": 37.5}, 6),
    "softprob": ({"objective": "multi:softprob", "num_class": 3, "max_depth": 3}, 4),
    "softmax": ({"objective": "multi:softmax", "num_class": 4, "max_depth": 2}, 3),
    "random-forest": ({"objective": "binary:logistic", "max_depth": 3, "num_parallel_tree": 4, "subsample": 0.6,
                       "base_score": 0.2}, 2),
    "categorical": ({"objective": "binary:logistic", "max_depth": 4, "max_cat_to_onehot": 4}, 6),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(FORMS), choices=list(FORMS))
    options = parser.parse_args()
    for name in options.only:
        write(name, *FORMS[name])


def write(name, parameters, rounds):
    rng = np.random.default_rng(len(name))
    types = ["c" if name == "categorical" and at < 2 else "q" for at in range(FEATURES)]
    rows = made_up(rng, TRAINING_ROWS, types)
    target = outcome(rng, rows, parameters)
    names = None if name == "reg-logistic" else [f"x{at}" for at in range(FEATURES)]
    data = matrix(rows, types, names, target)
    booster = xgboost.train({"tree_method": "hist", "nthread": 1, "seed": 5, **parameters}, data, rounds)
    asked = made_up(rng, VECTORS, types, spread=1.5)
    asked[0] = np.nan
    asked_data = matrix(asked, types, names)
    softmax = {"objective": "multi:softprob"} if parameters["objective"] == "multi:softmax" else {}
    version = ".".join(xgboost.__version__.split(".")[:2])
    margins = booster.predict(asked_data, output_margin=True)
    contributions = booster.predict(asked_data, pred_contribs=True)
    booster.set_param(softmax)
    content = {
        "model": bytes(booster.save_raw("json")).decode(),
        "rows": [[None if np.isnan(cell) else float(cell) for cell in row] for row in asked],
        "margins": nested(margins),
        "predictions": nested(booster.predict(asked_data)),
        "contributions": nested(contributions),
    }
    FIXTURES.mkdir(parents=True, exist_ok=True)
    path = FIXTURES / f"{name}-{version}.json"
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def matrix(rows, types, names, target=None):
    more = {"enable_categorical": True} if "c" in types else {}
    return xgboost.DMatrix(rows, target, feature_names=names, feature_types=types if more else None, **more)


def made_up(rng, count, types, spread=1.0):
    """Rows with a quarter of their cells missing; a category is a whole number, beyond the known ones when spread."""
    rows = (rng.normal(size=(count, FEATURES)) * spread).round(2)
    for at, kind in enumerate(types):
        if kind == "c":
            rows[:, at] = rng.integers(0, int(CATEGORIES * spread), count)
    rows[rng.random(rows.shape) < 0.25] = np.nan
    return rows.astype(np.float32)


def outcome(rng, rows, parameters):
    full = np.nan_to_num(rows)
    score = np.sin(full[:, 0]) + full[:, 1] * full[:, 2] - full[:, 3] + rng.normal(size=len(rows)) * 0.5
    if "num_class" in parameters:
        return np.digitize(score, np.quantile(score, np.linspace(0, 1, parameters["num_class"] + 1)[1:-1]))
    return score * 5 + 40 if parameters["objective"] == "reg:squarederror" else (score > 0).astype(np.int32)


def nested(values):
    """Lists of shortest decimals that read back as the same float32."""
    return [nested(one) for one in values] if np.ndim(values) else float(str(np.float32(values)))


if __name__ == "__main__":
    main()
