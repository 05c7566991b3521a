# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference frames for the identity encoder: drawn figures in a speaker's own gestures.

Colours, light, background, build and camera are random, so that only what the body does
tells speakers apart. Figures are drawn, not rendered, so that the data set needs no Blender.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy.spatial.transform import Rotation

from ha2g_engine.body.skeleton import EXPRESSIVE, joint_positions
from ha2g_engine.image import SIZE

Colour = tuple[int, int, int]

OVERSAMPLE: Final = 2
JOINT: Final = {name: i for i, name in enumerate(EXPRESSIVE.joints)}
SCALE: Final = (0.55, 0.85)  # of the picture's height a metre …
CLOSE_SCALE: Final = (1.0, 2.0)  # … with head and shoulders alone in view
CROWN: Final = 0.37  # metres from the neck to the top of the hair
THICKNESS: Final = {"elbow": 0.085, "wrist": 0.07, "shoulder": 0.1}  # m, by child joint
SKIN: Final = ((236, 200, 170), (198, 150, 118), (141, 96, 66), (92, 60, 42))


def portrait(
    directions: NDArray[np.float32],
    random: np.random.Generator,
    *,
    close: bool = False,
    hidden: tuple[bool, bool] = (False, False),
) -> NDArray[np.uint8]:
    """A picture (224, 224, 3) of a figure in the pose (42, 3), upper body in view.

    close: head and shoulders only. hidden: whether the left and right hand are in a pocket.
    """
    points = _camera(joint_positions(directions[None], EXPRESSIVE)[0], random, close)
    picture = _background(random)
    unseen = tuple(side for side, out in zip(("left", "right"), hidden, strict=True) if out)
    _draw(ImageDraw.Draw(picture), points, random, unseen)
    picture = picture.resize((SIZE, SIZE), Image.Resampling.BOX)
    if random.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.2)))
    return _lit(np.asarray(picture, np.float32), random)


def _camera(
    points: NDArray[np.float32], random: np.random.Generator, close: bool
) -> NDArray[np.float64]:
    """Joints (43, 3) m → (43, 3) pixels and depth, from within 20° of the front."""
    angles = (random.uniform(-8, 8), random.uniform(-20, 20), random.uniform(-4, 4))
    turned = Rotation.from_euler("xyz", angles, degrees=True).apply(points - points[JOINT["neck"]])
    side = SIZE * OVERSAMPLE
    share = random.uniform(*(CLOSE_SCALE if close else SCALE))
    scale = side * share  # pixels a metre
    lowest = CROWN * share if close else 0.0  # so that the head is in view
    neck = random.uniform(0.42, 0.58), max(random.uniform(0.22, 0.36), lowest)
    middle = side * np.array(neck)
    pixels = turned[:, :2] * scale * [random.uniform(0.9, 1.1), 1] + middle
    return np.column_stack((pixels, turned[:, 2], np.full(len(points), scale)))


def _background(random: np.random.Generator) -> Image.Image:
    """A wall in a muted colour with soft or hard patches, as behind people in pictures."""
    side = SIZE * OVERSAMPLE
    patches = (int(random.integers(1, 5)), int(random.integers(1, 5)), 3)
    wall = random.uniform(40, 230) + random.normal(0, 12, 3)
    colours = np.clip(wall + random.normal(0, random.uniform(0, 25), patches), 0, 255)
    method = random.choice((Image.Resampling.NEAREST, Image.Resampling.BICUBIC))
    return Image.fromarray(colours.astype(np.uint8)).resize((side, side), int(method))


def _draw(
    pen: ImageDraw.ImageDraw,
    points: NDArray[np.float64],
    random: np.random.Generator,
    unseen: tuple[str, ...],
) -> None:
    """Trunk, then limbs, head and hands from far to near; hands of the ``unseen`` sides not."""
    skin = SKIN[int(random.integers(len(SKIN)))]
    cloth, trousers = _colour(random), _colour(random)
    shaded = tuple(int(0.7 * value) for value in cloth)
    sleeves = skin if random.random() < 0.4 else (shaded[0], shaded[1], shaded[2])
    build = random.uniform(0.85, 1.3)
    _trunk(pen, points, cloth, trousers, build)
    bones = sorted(EXPRESSIVE.bones[3:37], key=lambda b: -points[JOINT[b[1]], 2])
    for parent, child in bones:
        side, part = child.split("_")[:2]
        if side in unseen and part not in ("elbow", "wrist"):
            continue
        colour = sleeves if part in ("elbow", "wrist") else skin
        _capsule(pen, points, parent, child, THICKNESS.get(part, 0.022) * build, colour)
    _head(pen, points, skin, _colour(random))


def _trunk(
    pen: ImageDraw.ImageDraw,
    points: NDArray[np.float64],
    cloth: Colour,
    trousers: Colour,
    build: float,
) -> None:
    left, right = points[JOINT["left_shoulder"]], points[JOINT["right_shoulder"]]
    spine, scale = points[JOINT["spine"]], points[0, 3]
    half = (left[:2] - right[:2]) * 0.45 * build
    hips = spine[:2] + np.array([0, 0.35 * scale])
    pen.polygon([tuple(p) for p in (left[:2], right[:2], hips - half, hips + half)], fill=cloth)
    legs = hips + np.array([0, 0.9 * scale])
    pen.polygon([tuple(p) for p in (hips + half, hips - half, legs - half, legs + half)], trousers)


def _capsule(
    pen: ImageDraw.ImageDraw,
    points: NDArray[np.float64],
    parent: str,
    child: str,
    metres: float,
    colour: Colour,
) -> None:
    start, end = points[JOINT[parent]], points[JOINT[child]]
    width = max(2, int(metres * start[3]))
    pen.line([*start[:2], *end[:2]], fill=colour, width=width)
    for x, y in (start[:2], end[:2]):
        pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=colour)


def _head(
    pen: ImageDraw.ImageDraw, points: NDArray[np.float64], skin: Colour, hair: Colour
) -> None:
    ears = (points[JOINT["left_ear"]] + points[JOINT["right_ear"]]) / 2
    nose, scale = points[JOINT["nose"]], points[0, 3]
    x, y = (0.6 * ears + 0.4 * nose)[:2]
    wide, high = 0.085 * scale, 0.12 * scale
    pen.ellipse([x - 1.15 * wide, y - 1.3 * high, x + 1.15 * wide, y + 0.5 * high], fill=hair)
    pen.ellipse([x - wide, y - high, x + wide, y + high], fill=skin)
    for joint in ("nose", "left_eye", "right_eye"):
        px, py = points[JOINT[joint]][:2]
        dot = 0.008 * scale
        pen.ellipse([px - dot, py - dot, px + dot, py + dot], fill=(40, 30, 30))


def _colour(random: np.random.Generator) -> Colour:
    red, green, blue = (int(value) for value in random.integers(0, 256, 3))
    return red, green, blue


def _lit(pixels: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.uint8]:
    """Brightness, tint, a shade from one side and sensor noise."""
    tint = random.uniform(0.7, 1.25) * random.uniform(0.9, 1.1, 3)
    shade = np.linspace(random.uniform(0.6, 1.2), random.uniform(0.6, 1.2), SIZE)
    noise = random.normal(0, random.uniform(0, 8), pixels.shape)
    lit = pixels * tint * shade[None, :, None] + noise
    return np.asarray(np.clip(lit, 0, 255), np.uint8)
