# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand shapes by name, for synthesis: ``python -m ha2g_engine.data.gestures.shape_table``.

Writes ``ha2g_engine/gestures/hand_shapes.json`` from the library: of all hands that show a shape
at the apex, told in joint angles where there are such, the one that is most like the others.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.files import replacing
from ha2g_engine.gestures.hand_shapes import TABLE

from .hands import features, palms_told_alike
from .library import Library, load

Array = NDArray[np.floating[Any]]

TOLD: Final = ("greta", "ha2g")  # origins whose hands were told by name, not recorded
DIGITS: Final = 3
SIDES: Final = ("left", "right")


def shape_table(library: Library) -> dict[str, list[list[float]]]:
    """Name → (15, 3) fingers in the palm's frame of a right hand."""
    told, all_hands = defaultdict(list), defaultdict(list)
    for gesture in library.gestures:
        fingers = palms_told_alike(library.directions(gesture)[gesture.apex][None])[:, 0]
        for side, shape, hand in zip(SIDES, gesture.shapes, fingers, strict=True):
            if shape and gesture.hands in (side, "both"):
                all_hands[shape].append(hand)
                if gesture.origin in TOLD:
                    told[shape].append(hand)
    found: Mapping[str, Sequence[Array]] = {**all_hands, **told}
    return {name: _middle(np.stack(found[name])).round(DIGITS).tolist() for name in sorted(found)}


def _middle(hands: Array) -> Array:
    """The one of (N, 15, 3) that is nearest to all of them."""
    told = features(hands)
    apart = np.linalg.norm(told[:, None] - told, axis=-1).sum(axis=1)
    return np.asarray(hands[int(apart.argmin())])


def main() -> None:
    """Write the table."""
    with replacing(TABLE) as part:
        part.write_text(json.dumps(shape_table(load()), indent=None) + "\n", "utf-8")


if __name__ == "__main__":
    main()
