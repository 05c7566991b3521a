# SPDX-License-Identifier: GPL-3.0-or-later
"""Other skin, hair and clothes for a character: its materials recoloured by chance.

A material with a picture keeps its drawing: the picture's few main colours are found once, and
each gets a new colour. A material without one gets a plain colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from .backdrops import colour

if TYPE_CHECKING:
    from bpy.types import Object
    from numpy.random import Generator

Colour = NDArray[np.float64]

PAINT_SIZE: Final = 256  # pixels of a picture while it is recoloured
MAIN_COLOURS: Final = 12
STEPS: Final = 16  # of each channel, to find the main colours
SKIN: Final = np.array(
    ((0.93, 0.78, 0.67), (0.78, 0.59, 0.46), (0.55, 0.38, 0.26), (0.3, 0.2, 0.15))
)
HAIR: Final = np.array(
    (
        (0.08, 0.07, 0.07),
        (0.25, 0.17, 0.11),
        (0.5, 0.33, 0.18),
        (0.8, 0.66, 0.4),
        (0.65, 0.64, 0.62),
    )
)
ROLES: Final = {  # words in the names of materials; the rest is cloth
    "kept": ("eye", "teeth", "tongue", "opacity", "lash"),  # nobody changes these
    "hair": ("hair", "brow"),
    "lips": ("lip",),
    "iris": ("iris",),
    "legs": ("trousers", "skirt"),
    "skin": ("skin", "head", "face", "hand"),
}
IRIS: Final = np.array((0.2, 0.15, 0.1))
LIPS: Final = np.array((0.92, 0.72, 0.72))  # of the skin's colour
PATTERNED: Final = 0.3  # share of garments with stripes, checks or dots


@dataclass(frozen=True)
class Look:
    """The colours of one person, sRGB (3,). cloths: a few, the last one for below the waist."""

    skin: Colour
    hair: Colour
    cloths: tuple[Colour, ...]


@dataclass(frozen=True)
class Garment:
    """A picture and its main colours.

    pixels: (PAINT_SIZE, PAINT_SIZE, 4) as painted. nearest: (PAINT_SIZE, PAINT_SIZE) index of
    the main colour; mains: (n, 3); roles: "skin", "hair", "cloth" or "kept" for each.
    """

    image: Any
    pixels: NDArray[np.float32]
    nearest: NDArray[np.int64]
    mains: Colour
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Wardrobe:
    """All that can be recoloured: pictures, and materials with the role they play."""

    garments: tuple[Garment, ...]
    plain: tuple[tuple[Any, str], ...]

    @classmethod
    def of(cls, meshes: Iterable[Object]) -> Wardrobe:
        """What MESHES wear. Their pictures are made smaller, in this scene only."""
        materials = _materials(meshes)
        painted = [(m, image) for m in materials if (image := shown_picture(m)) is not None]
        with_picture = {material.name for material, _ in painted}
        return cls(
            tuple(_garment(m, image) for m, image in painted if _role(m.name) != "kept"),
            tuple((m, _role(m.name)) for m in materials if m.name not in with_picture),
        )

    def change(self, random: Generator) -> None:
        """Dress as somebody else."""
        look = _look(random)
        for garment in self.garments:
            _repaint(garment, look, random)
        for material, role in self.plain:
            if role != "kept":
                material.diffuse_color = (*linear(_chosen(role, look, random)), 1.0)


def shown_picture(material: Any) -> Any:
    """The image that Workbench shows for MATERIAL, or None."""
    node = material.node_tree.nodes.active if material.node_tree else None
    return node.image if node is not None and node.type == "TEX_IMAGE" else None


def linear(srgb: Colour) -> Colour:
    """Colours in sRGB, from 0 to 1, as linear light (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _materials(meshes: Iterable[Object]) -> list[Any]:
    found: dict[str, Any] = {}
    for mesh in meshes:
        data: Any = mesh.data
        found.update((material.name, material) for material in data.materials if material)
    return list(found.values())


def _role(name: str) -> str:
    """What the name of a material says that it is."""
    low = name.lower()
    found = (role for role, words in ROLES.items() if any(word in low for word in words))
    return next(found, "cloth")


def _look(random: Generator) -> Look:
    tone = random.uniform(0.0, len(SKIN) - 1.0)
    low = int(tone)
    skin = SKIN[low] + (tone - low) * (SKIN[min(low + 1, len(SKIN) - 1)] - SKIN[low])
    natural = HAIR[int(random.integers(len(HAIR)))]
    hair = natural if random.random() < 0.85 else colour(random)
    cloths = tuple(colour(random) for _ in range(int(random.integers(2, 6))))
    return Look(skin * random.uniform(0.92, 1.08, 3), hair * random.uniform(0.8, 1.2), cloths)


def _chosen(role: str, look: Look, random: Generator) -> Colour:
    if role == "cloth":
        return look.cloths[int(random.integers(len(look.cloths) - 1))]
    chosen = {
        "legs": look.cloths[-1],
        "skin": look.skin,
        "lips": look.skin * LIPS,
        "hair": look.hair,
        "iris": IRIS,
    }[role]
    return np.asarray(np.clip(chosen, 0.0, 1.0))


# --- pictures -----------------------------------------------------------------------------


def _garment(material: Any, image: Any) -> Garment:
    image.scale(PAINT_SIZE, PAINT_SIZE)
    pixels = np.empty(PAINT_SIZE * PAINT_SIZE * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(PAINT_SIZE, PAINT_SIZE, 4)
    mains = _main_colours(pixels[..., :3])
    apart = np.stack([np.sum((pixels[..., :3] - main) ** 2, axis=-1) for main in mains])
    bare = _role(material.name) == "skin"
    roles = tuple(_painted_role(main, bare) for main in mains)
    return Garment(image, pixels, apart.argmin(axis=0), mains, roles)


def _main_colours(pixels: NDArray[np.float32]) -> Colour:
    """The most frequent colours (n, 3) of PIXELS, each the mean of those that are like it."""
    flat = pixels.reshape(-1, 3).astype(np.float64)
    coarse = np.minimum((flat * STEPS).astype(int), STEPS - 1) @ [STEPS * STEPS, STEPS, 1]
    _, inverse, counts = np.unique(coarse, return_inverse=True, return_counts=True)
    often = np.argsort(-counts)[:MAIN_COLOURS]
    return np.stack([flat[inverse == kind].mean(axis=0) for kind in often])


def _painted_role(main: Colour, bare: bool) -> str:
    """What a colour in a picture is; BARE: of a material that shows skin and hair."""
    red, green, blue = main
    if red > 0.45 and red > green > blue and 0.15 < (red - blue) / red < 0.6:
        return "skin"
    if not bare:
        return "cloth"
    return "hair" if max(main) < 0.4 else "kept"


def _repaint(garment: Garment, look: Look, random: Generator) -> None:
    """Scale each main colour to its new one, so that painted folds and edges remain."""
    ratios = np.ones((len(garment.mains), 3))
    for index, (main, role) in enumerate(zip(garment.mains, garment.roles, strict=True)):
        if role != "kept":
            ratios[index] = _chosen(role, look, random) / np.maximum(main, 0.05)
    pixels = garment.pixels.copy()
    pixels[..., :3] *= ratios[garment.nearest]
    _decorate(pixels, garment, random)
    np.clip(pixels, 0.0, 1.0, out=pixels)
    garment.image.pixels.foreach_set(pixels.ravel())
    garment.image.update()


def _decorate(pixels: NDArray[np.float32], garment: Garment, random: Generator) -> None:
    """Put a pattern on some of the cloths."""
    for index, role in enumerate(garment.roles):
        if role == "cloth" and random.random() < PATTERNED:
            there = garment.nearest == index
            strength = 1.0 + random.uniform(0.2, 0.7) * _pattern(random)[there, None]
            pixels[there, :3] *= strength


def _pattern(random: Generator) -> Colour:
    """Stripes, checks or dots (PAINT_SIZE, PAINT_SIZE) from -1 to 1."""
    waves = np.sin(np.arange(PAINT_SIZE) * random.uniform(0.15, 0.9))
    kind = random.integers(3)
    if kind == 0:
        return np.tile(np.sign(waves), (PAINT_SIZE, 1))
    if kind == 1:
        return np.tile(np.sign(waves)[:, None], (1, PAINT_SIZE))
    return np.asarray(np.sign(waves[:, None] * waves))
