"""Trains the bundled models and writes them, their cards and their reference vectors: see README.md."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path

import xgboost

import diabetes
import heart
from fitting import FOLDS, REPEATS, TREES, fit, metrics, observed_rates, operating_point, out_of_fold, predict, reliability
from inputs import read_table
from vectors import floats, reference_vectors, regression_booster

VERSION = "1.0.0"
EXPLAINED_EVERY = 8
CUT_OFFS = [("low", 0), ("moderate", 0.2), ("high", 0.5)]
SHORT_STRINGS = re.compile(r'\[\n\s+("[^"\n]*"(?:,\n\s+"[^"\n]*")*)\n\s+\]')
FIXTURES = Path(__file__).parents[2] / "test" / "fixtures" / "models"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of pima.csv and cleveland.csv")
    parser.add_argument("--out", type=Path, required=True, help="the project's functions folder")
    options = parser.parse_args()
    for service in (diabetes, heart):
        train(service, options.data / service.TABLE, options.out / service.NAME / "models")
    booster = regression_booster()
    write(FIXTURES / "regression.xgboost.json", bytes(booster.save_raw("json")))
    write_json(FIXTURES / "regression.vectors.json", reference_vectors(booster, [(-3, 3)] * 4, seed=3), indent=None)


def train(service, table, out):
    rows, outcome = read_table(table, service.INPUTS)
    booster = fit(rows, outcome, service.INPUTS)
    model = bytes(booster.save_raw("json"))
    found = out_of_fold(rows, outcome, service.INPUTS)
    write(out / f"{service.NAME}.xgboost.json", model)
    write_json(out / f"{service.NAME}.card.json", card(service, model, outcome, found), indent=2)
    write_json(FIXTURES / f"{service.NAME}.vectors.json",
               reference_vectors(booster, [plausible(one) for one in service.INPUTS], seed=1), indent=None)
    write_json(FIXTURES / f"{service.NAME}.table.json", table_vectors(booster, rows), indent=None)
    for one in metrics(found, outcome):
        print(f"{service.NAME}: {one['name']} {one['value']:.3f} ± {one['deviation']:.3f} ({one['inputs']})")


def table_vectors(booster, rows):
    """What XGBoost answers to each row of the table itself, whose cells stay where they are."""
    data = xgboost.DMatrix(rows[::EXPLAINED_EVERY], feature_names=booster.feature_names)
    contributions = booster.predict(data, pred_contribs=True)
    return {
        "margins": floats(predict(booster, rows, margin=True)),
        "explainedEvery": EXPLAINED_EVERY,
        "contributions": [[round(float(value), 6) for value in row] for row in contributions],
    }


def card(service, model, outcome, found):
    about = service.CARD
    threshold, point = operating_point(found, outcome)
    return {
        "name": f"{service.NAME}-tabular",
        "version": VERSION,
        "title": about["title"],
        "description": about["description"],
        "kind": "xgboost",
        "file": f"{service.NAME}.xgboost.json",
        "sha256": hashlib.sha256(model).hexdigest(),
        "bytes": len(model),
        "trees": TREES,
        "runtime": {"xgboost": xgboost.__version__},
        "demo": False,
        "inputs": [{key: value for key, value in one.items() if key != "tableZeroMeansMissing"}
                   for one in service.INPUTS],
        "example": service.EXAMPLE,
        "output": {
            "classes": about["classes"],
            "positiveClass": about["classes"][1],
            "threshold": threshold,
            "risk": observed_rates(found, outcome, CUT_OFFS),
        },
        "training": {**about["training"], "rows": len(outcome), "positives": int(outcome.sum())},
        "metrics": metrics(found, outcome),
        "measured": f"Out-of-fold on the training data: {REPEATS} times {FOLDS} stratified folds; "
                    "deviation is between the repeats, and says nothing of other populations.",
        "reliability": reliability(found, outcome),
        "operatingPoint": point,
        "intendedUse": about["intendedUse"],
        "limits": about["limits"],
    }


def plausible(one):
    if one["type"] == "category":
        codes = [each["code"] for each in one["categories"]]
        return min(codes), max(codes)
    return one["min"], one["max"]


def write_json(path, value, indent):
    text = json.dumps(value, indent=indent, ensure_ascii=False) + "\n"
    write(path, SHORT_STRINGS.sub(on_one_line, text).encode())


def on_one_line(match):
    """Lists of a few short strings are written as the project's formatter writes them."""
    line = "[" + re.sub(r"\n\s+", " ", match[1]) + "]"
    return line if len(line) < 80 else match[0]


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main()
