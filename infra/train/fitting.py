"""Fits a classifier that has met missing values, and measures it on rows it has not seen."""

from __future__ import annotations

import numpy as np
import xgboost
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

TREES = 60
PARAMETERS = {
    "objective": "binary:logistic",
    "tree_method": "exact",
    "max_depth": 3,
    "eta": 0.08,
    "min_child_weight": 2,
    "lambda": 2,
    "nthread": 1,
    "seed": 20260101,
}
FOLDS = 5
REPEATS = 10
HIDDEN_SHARE = 0.5


def fit(rows, outcome, inputs, seed=0):
    """Trains on each row and on a copy of it in which optional inputs are hidden."""
    hidden = hide(rows, inputs, HIDDEN_SHARE, np.random.default_rng(seed))
    data = xgboost.DMatrix(np.vstack([rows, hidden]), np.concatenate([outcome, outcome]),
                           feature_names=[one["name"] for one in inputs])
    return xgboost.train(PARAMETERS, data, TREES)


def hide(rows, inputs, share, rng):
    """A copy with each optional value missing with probability `share`."""
    optional = np.array([not one["required"] for one in inputs])
    return np.where(optional & (rng.random(rows.shape) < share), np.float32(np.nan), rows)


def predict(booster, rows, margin=False):
    return booster.predict(xgboost.DMatrix(rows, feature_names=booster.feature_names), output_margin=margin)


def out_of_fold(rows, outcome, inputs):
    """Probabilities of shape (2, REPEATS, rows): of complete rows, and of required inputs alone."""
    required_only = hide(rows, inputs, 1.0, np.random.default_rng(0))
    found = np.zeros((2, REPEATS, len(rows)))
    for repeat in range(REPEATS):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=repeat)
        for fold, (seen, unseen) in enumerate(folds.split(rows, outcome)):
            booster = fit(rows[seen], outcome[seen], inputs, seed=1 + repeat * FOLDS + fold)
            found[0, repeat, unseen] = predict(booster, rows[unseen])
            found[1, repeat, unseen] = predict(booster, required_only[unseen])
    return found


def metrics(found, outcome):
    """AUROC and Brier score of each repeat: their mean, and the standard deviation between repeats."""
    return [
        {"name": name, "inputs": which, "value": round(float(np.mean(values)), 4),
         "deviation": round(float(np.std(values)), 4)}
        for which, repeats in zip(["as recorded", "required alone"], found)
        for name, score in [("AUROC", roc_auc_score), ("Brier score", brier_score_loss)]
        for values in [[score(outcome, one) for one in repeats]]
    ]


def operating_point(found, outcome):
    """The threshold of the greatest sensitivity plus specificity, and what that rule gives on rows it was not chosen on.

    The threshold in use is chosen on all out-of-fold predictions. To measure it honestly the rule is applied afresh for
    each of FOLDS parts of the rows: chosen on the others, counted on the part.
    """
    counts = np.zeros((2, 2))
    for choosing, counting in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(found[0].T, outcome):
        chosen = youden(found[0][:, choosing], outcome[choosing])
        positive = found[0][:, counting] >= chosen
        for actual in (0, 1):
            of_them = positive[:, outcome[counting] == actual]
            counts[actual] += [(~of_them).sum(), of_them.sum()]
    (true_negatives, false_positives), (false_negatives, true_positives) = counts
    return youden(found[0], outcome), {
        "rule": "Greatest sum of sensitivity and specificity (Youden) over the out-of-fold predictions, in steps of 0.01; "
                "the figures are counted on fifths of the records that their threshold was not chosen on.",
        "sensitivity": share(true_positives, false_negatives),
        "specificity": share(true_negatives, false_positives),
        "positivePredictiveValue": share(true_positives, false_positives),
        "negativePredictiveValue": share(true_negatives, false_negatives),
    }


def youden(found, outcome):
    """Of equal sums the threshold nearest to the middle of them, so that one record more or less moves it little."""
    steps = np.round(np.arange(0.05, 0.96, 0.01), 2)
    sums = [(found[:, outcome == 1] >= step).mean() + (found[:, outcome == 0] < step).mean() for step in steps]
    best = steps[np.isclose(sums, np.max(sums))]
    return float(best[len(best) // 2])


def share(hits, others):
    return round(float(hits / (hits + others)), 3)


def reliability(found, outcome, bins=10):
    """Mean predicted probability and observed rate by tenths of the predicted probability, out of fold."""
    outcomes = np.broadcast_to(outcome, found[0].shape)
    at = np.minimum((found[0] * bins).astype(int), bins - 1)
    table = []
    for one in range(bins):
        inside = at == one
        some = inside.any()
        table.append({
            "from": one / bins, "below": (one + 1) / bins,
            "predicted": round(float(found[0][inside].mean()), 3) if some else None,
            "observed": round(float(outcomes[inside].mean()), 3) if some else None,
            "share": round(float(inside.mean()), 3),
        })
    return table


def observed_rates(found, outcome, cut_offs):
    """For each risk level: how many of the out-of-fold predictions fell in it, and how many of those had the disease."""
    bounds = [low for _, low in cut_offs] + [1.01]
    levels = []
    for (level, low), high in zip(cut_offs, bounds[1:]):
        inside = (found[0] >= low) & (found[0] < high)
        hits = np.broadcast_to(outcome, found[0].shape)[inside]
        levels.append({"level": level, "from": low, "observedRate": round(float(hits.mean()), 3),
                       "share": round(float(inside.mean()), 3)})
    return levels
