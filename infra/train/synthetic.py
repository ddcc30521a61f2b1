"""XGBoost's answers to the forests that test/fixtures/models/write-synthetic.ts wrote: hash, margins, contributions."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import xgboost

FIXTURE = Path(__file__).parents[2] / "test" / "fixtures" / "models" / "synthetic.vectors.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    found = {path.name.removesuffix(".model.json"): answers(path) for path in sorted(folder.glob("*.model.json"))}
    FIXTURE.write_text(json.dumps(found, separators=(",", ":")) + "\n")


def answers(path):
    booster = xgboost.Booster({"nthread": 1}, model_file=path)
    cells = json.loads(path.with_name(path.name.replace(".model.", ".rows.")).read_text())
    data = xgboost.DMatrix(np.array(cells, dtype=np.float32))
    return {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "margins": [float(str(one)) for one in booster.predict(data, output_margin=True)],
        "predictions": [float(str(one)) for one in booster.predict(data)],
        "contributions": [[round(float(one), 7) for one in row]
                          for row in booster.predict(data, pred_contribs=True)],
    }


if __name__ == "__main__":
    main()
