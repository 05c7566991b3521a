# SPDX-License-Identifier: GPL-3.0-or-later
"""Build home postures and recorded idling: ``python -m ha2g_engine.data.gestures.homes DATA OUT``.

DATA holds the folders ``talk_motion`` and ``greta_gestures``; OUT is ``homes.npz``, which
``gestures.homes`` reads. Postures are told in ``homes.toml``. Idling is what people who stand and
wait do about their own mean pose: breathing, weight, looking around (Rocketbox, MIT).
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS, unit
from ha2g_engine.data.clips import TWINS, arcs, canonical, read
from ha2g_engine.files import replacing

from . import greta, sketches
from .limits import held
from .made import posed
from .recorded import TALK_MOTION

Array = NDArray[np.floating[Any]]

TABLE: Final = Path(__file__).with_suffix(".toml")
IDLING: Final = (  # clips in which somebody stands, waits and looks around, arms hanging
    "f_idle_neutral_01", "m_idle_neutral_02", "f_idle_neutral_02", "m_idle_breathe_03",
    "m_idle_neutral_01", "f_idle_neutral_03",
)  # fmt: skip
SEAM: Final = int(FPS)  # frames that two clips share
FLIPPED: Final = np.array([1.0, -1.0, -1.0])  # a rotation vector seen in a mirror that flips x
STEP: Final = 512  # radians are kept to 1/512, 0.1 degrees: they compress well


def build(data: Path, out: Path) -> None:
    """Write ``names``, ``poses`` (H, 42, 3) and ``idling`` (T, 42, 3) rotation vectors.

    Raises InputError when ``data`` lacks a file, or the table tells what there is not.
    """
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    shapes = greta.read_shapes(data / "greta_gestures")
    poses = np.concatenate([held(posed(_hands(*row), shapes)[None]) for row in table.items()])
    idling = np.round(looped(recorded(data / "talk_motion")) * STEP) / STEP
    with replacing(out) as part, part.open("wb") as file:
        np.savez_compressed(
            file, names=list(table), poses=poses.astype(np.float16), idling=idling.astype("f2")
        )


def _hands(name: str, entry: dict[str, Any]) -> dict[str, greta.Hand]:
    told = dict.fromkeys(("left", "right"), entry["both"]) if "both" in entry else entry
    return {side: sketches.own_hand(name, hand) for side, hand in told.items()}


def recorded(folder: Path) -> list[NDArray[np.float64]]:
    """How the bones of each clip of IDLING turn about its mean pose: (T, 42, 3), and mirrored."""
    rows, motion, offsets = read(folder, TALK_MOTION)
    first = {row["name"]: int(row["index"]) for row in rows}
    found = []
    for i in (first[name] for name in IDLING):
        clip = unit(motion[offsets[i] : offsets[i + 1]].astype(np.float32))
        found.append(turns(canonical(clip, unit(np.median(clip, axis=0)))))
    return [*found, *(clip[:, TWINS] * FLIPPED for clip in found)]


def turns(motion: Array) -> NDArray[np.float64]:
    """(T, 42, 3) directions → the rotation vectors from their mean to each."""
    middle = unit(np.median(motion, axis=0))
    bones = [arcs(middle[b], motion[:, b]).as_rotvec() for b in range(motion.shape[1])]
    return np.stack(bones, axis=1)


def looped(clips: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The clips one after the other, each fading into the next, the last into the first."""
    share = (np.arange(SEAM) + 0.5)[:, None, None] / SEAM
    parts = []
    for before, clip in zip([clips[-1], *clips[:-1]], clips, strict=True):
        seam = before[-SEAM:] * (1 - share) + clip[:SEAM] * share
        parts += [seam, clip[SEAM:-SEAM]]
    return np.concatenate(parts)


def main() -> None:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    build(options.data, options.out)


if __name__ == "__main__":
    main()
