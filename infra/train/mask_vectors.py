"""Reference attention masks: what OpenCV makes of pictures that the shard step scaled, pixel by pixel the same.

Run: npx node test/fixtures/masks/write-pictures.ts /tmp/masks
     python infra/train/mask_vectors.py /tmp/masks test/fixtures/masks
"""

from __future__ import annotations

import json
import sys
import zlib
from math import isqrt
from pathlib import Path

import cv2
import numpy as np

MIN_AREA = 100
COLOURS = 64


def main(pictures, folder):
    masks = []
    for path in sorted(pictures.glob("*.raw")):
        data = path.read_bytes()
        size = isqrt(len(data))
        mask = attention_mask(np.frombuffer(data, dtype=np.uint8).reshape(size, size))
        cv2.imwrite(str(folder / f"{path.stem}.png"), mask, [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 9])
        # Whether a reader has the very same pixels: another processor may decode a JPEG a shade differently.
        masks.append({"name": path.stem, "pixelsCrc32": zlib.crc32(data), "set": int(np.count_nonzero(mask))})
    rgb = np.random.default_rng(5).integers(0, 256, size=(1, COLOURS, 3), dtype=np.uint8)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    luminance = {"rgb": rgb.ravel().tolist(), "grey": grey.ravel().tolist()}
    document = {"opencv": cv2.__version__, "luminance": luminance, "masks": masks}
    (folder / "vectors.json").write_text(json.dumps(document) + "\n")


def attention_mask(grey):
    even = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(grey)
    edges = cv2.Canny(even, 50, 150)
    contours, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    mask = np.zeros_like(grey)
    for contour in contours:
        if cv2.contourArea(contour) > MIN_AREA:
            cv2.drawContours(mask, [contour], -1, 255, cv2.FILLED)
    return mask


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
