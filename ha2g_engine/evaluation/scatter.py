# SPDX-License-Identifier: GPL-3.0-or-later
"""Where models' windows lie among the real ones: the autoencoder's latents in two dimensions."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ha2g_engine.body.stick_figure import INK, PAPER
from ha2g_engine.files import replacing

from .clips import Array

PANEL: Final = 360  # pixels
SCALE: Final = 2  # drawn larger and shrunk, so that dots are round
MOST: Final = 600  # dots of a kind
COLUMNS: Final = 3
GREY: Final = (176, 174, 168)
FRAME: Final = (216, 214, 206)
COLOURS: Final = (
    (28, 92, 150), (176, 66, 40), (46, 125, 70), (130, 74, 152), (160, 116, 20), (20, 130, 136),
    (190, 60, 110), (90, 90, 90),
)  # fmt: skip
DEVIATIONS: Final = 2.0  # of the ellipse: 86 % of a Gaussian


def write(path: Path, real: Array, made: Mapping[str, Array]) -> None:
    """A PNG with one panel a model: real latents (N, F) grey, the model's (M, F) in its colour.

    The axes are the two first principal components of the real latents, the same in all panels;
    an ellipse marks two standard deviations.
    """
    centre = real.mean(axis=0)
    _, strength, axes = np.linalg.svd(real - centre, full_matrices=False)
    explained = strength[:2] ** 2 / (strength**2).sum()
    flat = {name: (latents - centre) @ axes[:2].T for name, latents in made.items()}
    ground = (real - centre) @ axes[:2].T
    reach = 1.08 * max(float(np.quantile(np.abs(p), 0.995)) for p in (ground, *flat.values()))
    panels = [
        _panel(name, ground, points, COLOURS[i % len(COLOURS)], reach)
        for i, (name, points) in enumerate(flat.items())
    ]
    with replacing(path) as part:
        _sheet(panels, explained).save(part, "PNG")


def _sheet(panels: list[Image.Image], explained: Array) -> Image.Image:
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    text = (
        f"Windows in the autoencoder's latents: real (grey) and generated. Components 1 "
        f"({explained[0]:.0%}) and 2 ({explained[1]:.0%}); ellipses: two standard deviations."
    )
    lines = textwrap.wrap(text, columns * PANEL // 7)
    sheet = Image.new("RGB", (columns * PANEL, rows * PANEL + 16 * (len(lines) + 1)), PAPER)
    for i, panel in enumerate(panels):
        sheet.paste(panel, (i % columns * PANEL, i // columns * PANEL))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    pen.text((12, rows * PANEL + 4), "\n".join(lines), fill=INK["middle"], font=font)
    return sheet


def _panel(
    name: str, real: Array, made: Array, colour: tuple[int, int, int], reach: float
) -> Image.Image:
    size = PANEL * SCALE
    panel = Image.new("RGB", (size, size), PAPER)
    pen = ImageDraw.Draw(panel)
    pen.rectangle((12, 60, size - 12, size - 12), outline=FRAME, width=SCALE)
    for points, ink in ((real, GREY), (made, colour)):
        for x, y in _placed(_some(points), reach, size):
            if 14 < x < size - 14 and 62 < y < size - 14:
                pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=ink)
    for points, ink in ((real, (110, 108, 104)), (made, colour)):
        outline = [tuple(p) for p in _placed(_ellipse(points), reach, size)]
        pen.line([*outline, outline[0]], fill=ink, width=2 * SCALE)
    pen.text((16, 16), name, fill=colour, font=ImageFont.load_default(13 * SCALE))
    return panel.resize((PANEL, PANEL), Image.Resampling.LANCZOS)


def _some(points: Array) -> Array:
    order = np.random.default_rng(0).permutation(len(points))[:MOST]
    return np.asarray(points[order])


def _placed(points: Array, reach: float, size: int) -> Array:
    """Latents → pixels, the first component to the right, the second upwards."""
    middle = np.array([size / 2, size / 2 + 24])
    half = (size - 72) / 2
    return np.asarray(middle + points / reach * np.array([half, -half]))


def _ellipse(points: Array) -> Array:
    """(72, 2) around the points' Gaussian."""
    values, vectors = np.linalg.eigh(np.cov(points.T))
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    width = DEVIATIONS * np.sqrt(np.maximum(values, 0))
    return np.asarray(points.mean(axis=0) + circle * width @ vectors.T)
