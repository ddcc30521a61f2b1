"""Reference vectors for image preprocessing: pictures of each format, and what torchvision makes of them.

Run: python infra/train/image_vectors.py test/fixtures/images retina.jpg
in an environment of infra/train/image-requirements.txt.
retina.jpg is scikit-image's fundus photograph (CC0); a smaller copy of it becomes a fixture.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import PIL
import torchvision
from PIL import Image, ImageOps
from torchvision.transforms import CenterCrop, Compose, Normalize, Resize, ToTensor

RESIZE, CROP = 256, 224
SAMPLES = 200
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TRANSFORM = Compose([Resize(RESIZE, antialias=True), CenterCrop(CROP), ToTensor(), Normalize(MEAN, STD)])


def main(folder, photograph):
    folder.mkdir(parents=True, exist_ok=True)
    make_pictures(folder)
    Image.open(photograph).resize((600, 600), Image.LANCZOS).save(folder / "fundus.jpg", quality=88)
    rng = np.random.default_rng(11)
    at = np.sort(rng.choice(CROP * CROP, SAMPLES, replace=False))
    paths = sorted(p for p in folder.iterdir() if p.suffix in {".jpg", ".png", ".webp", ".tiff"})
    pictures = [entry(path, at) for path in paths]
    versions = {"pillow": PIL.__version__, "torchvision": torchvision.__version__.split("+")[0]}
    document = {**versions, "resize": RESIZE, "crop": CROP, "pixels": at.tolist(), "pictures": pictures}
    (folder / "vectors.json").write_text(json.dumps(document) + "\n")


def make_pictures(folder):
    """A disc with vessels of a sort: edges at every angle, fine lines, and a photograph's soft shades."""
    picture = disc(430, 390)
    picture.save(folder / "plain.png", optimize=True)
    picture.save(folder / "photo.jpg", quality=85)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(folder / "turned.jpg", quality=85, exif=exif)
    picture.save(folder / "progressive.jpg", quality=85, progressive=True)
    picture.convert("L").save(folder / "grey.jpg", quality=85)
    disc(320, 280).save(folder / "plain.webp", quality=85)
    disc(320, 280).save(folder / "plain.tiff", compression="tiff_lzw")
    disc(160, 120).save(folder / "small.png", optimize=True)
    ecg(800, 500).save(folder / "ecg.png", optimize=True)


def disc(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    u, v = x / width * 2 - 1, y / height * 2 - 1
    radius = np.hypot(u, v)
    inside = radius < 0.9
    vessel = np.abs(np.sin(9 * np.arctan2(v, u) + 6 * radius)) < 0.12
    shades = [190 - 60 * radius - 70 * vessel, 95 - 40 * radius - 50 * vessel, 40 + 10 * u - 20 * vessel]
    pixels = np.stack([np.where(inside, shade, 4) for shade in shades], axis=-1)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def ecg(width, height):
    """Three traces on millimetre paper."""
    pixels = np.full((height, width, 3), 255, dtype=np.uint8)
    pixels[::10, :] = pixels[:, ::10] = (255, 210, 210)
    pixels[::50, :] = pixels[:, ::50] = (250, 150, 150)
    columns = np.arange(width)
    phase = (columns % 130) / 130
    beat = 8 * np.sin(6.28 * phase) + 90 * np.exp(-(((phase - 0.4) / 0.02) ** 2)) - 25 * np.exp(-(((phase - 0.45) / 0.02) ** 2))
    for base in (120, 260, 400):
        rows = (base - beat).astype(int)
        for thick in (0, 1):
            pixels[(rows + thick).clip(0, height - 1), columns] = 20
    return Image.fromarray(pixels)


def entry(path, at):
    """The tensor's values, exactly, as the bytes they were before ToTensor and Normalize: a tenth of the digits."""
    tensor = TRANSFORM(ImageOps.exif_transpose(Image.open(path)).convert("RGB")).numpy().astype(np.float64)
    values = (tensor.transpose(1, 2, 0) * STD + MEAN) * 255
    square = values.round().reshape(-1, 3)
    assert np.abs(values.reshape(-1, 3) - square).max() < 1e-3
    return {
        "file": path.name,
        "mean": square.mean(axis=0).round(6).tolist(),
        "rgb": square[at].astype(int).tolist(),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
