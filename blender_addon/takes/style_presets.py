# SPDX-License-Identifier: GPL-3.0-or-later
"""Styles as small JSON files in the user's folder; `ha2g generate --style` reads them, too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..engine import process
from ..errors import GestureError
from ..files import check_free, first_free, replacing, whole
from ..motion.shaping import N_LEVELS, UNSHAPED, Shaping

SUFFIX: Final = ".json"
FORBIDDEN: Final = '<>:"/\\|?*'  # in file names, on one system or another
LONGEST_NAME: Final = 60
DAMAGE: Final = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Preset:
    """style: rows low, mid, high by levels, each column adding up to 1."""

    style: list[list[float]]
    shaping: Shaping = UNSHAPED


def folder() -> Path:
    """Where presets are kept."""
    return process.user_folder() / "styles"


def names() -> list[str]:
    """The presets that are there, in alphabetical order."""
    return sorted((path.stem for path in whole(folder(), SUFFIX)), key=str.casefold)


def free_name(name: str) -> str:
    """NAME, or with a number behind it if a preset has it already."""
    taken = {one.casefold() for one in names()}
    return first_free(name, lambda one: one.casefold() in taken)


def save(name: str, preset: Preset, *, overwrite: bool = False) -> Path:
    """Keep PRESET as NAME, instead of the one of that name only if OVERWRITE.

    Raises GestureError if there is one, that is no name, or it cannot be written.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or name.startswith(".") or set(name) & set(FORBIDDEN):
        raise GestureError(f"'{name}' cannot be a preset's name: use letters, digits and spaces.")
    path = _path(name)
    check_free(path, f"style '{name}'", overwrite=overwrite)
    content = {"style": preset.style, **asdict(preset.shaping)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    except OSError as error:
        raise GestureError(f"The preset '{name}' cannot be saved: {error.strerror}.") from error
    return path


def load(name: str) -> Preset:
    """The preset NAME. Raises GestureError if it is not there or no preset."""
    path = _path(name)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        style = np.asarray(content["style"], np.float64)
        if not _usable(style):
            raise ValueError
        shaping = {
            key: _six(content.get(key, default)) for key, default in asdict(UNSHAPED).items()
        }
    except DAMAGE as error:
        raise GestureError(f"'{path}' is no style preset: delete it, or save it again.") from error
    return Preset((style / style.sum(axis=0)).tolist(), Shaping(**shaping))


def blend(first: Preset, second: Preset, factor: float) -> Preset:
    """FIRST at FACTOR 0, SECOND at 1, in between a mixture of everything."""

    def mixed(a: Any, b: Any) -> Any:
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
        return a * (1.0 - factor) + b * factor

    if len(first.style[0]) != len(second.style[0]):
        raise GestureError("The two styles are for models with different levels.")
    pairs = zip(asdict(first.shaping).items(), asdict(second.shaping).values(), strict=True)
    shaping = {name: tuple(map(float, mixed(a, b))) for (name, a), b in pairs}
    return Preset(mixed(first.style, second.style).tolist(), Shaping(**shaping))


def surprise(seed: int, levels: int) -> list[list[float]]:
    """A style (3, levels) drawn by SEED: every mixture is as likely as any other."""
    columns = np.random.default_rng(seed).dirichlet((1.0, 1.0, 1.0), levels)
    return [[round(float(value), 4) for value in row] for row in columns.T]


def _path(name: str) -> Path:
    return folder() / f"{name}{SUFFIX}"


def _usable(style: Any) -> bool:
    return bool(
        style.ndim == 2
        and style.shape[0] == 3
        and 1 <= style.shape[1] <= N_LEVELS
        and np.isfinite(style).all()
        and (style >= 0).all()
        and (style.sum(axis=0) > 0).all()
    )


def _six(values: Any) -> tuple[float, ...]:
    numbers = np.asarray(values, np.float64)
    if numbers.shape != (N_LEVELS,) or not np.isfinite(numbers).all():
        raise ValueError
    return tuple(map(float, numbers))
