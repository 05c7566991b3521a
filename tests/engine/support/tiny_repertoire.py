"""Gestures that exist by name and code alone."""

import numpy as np

from ha2g_engine.gestures.repertoire import CODE, Facts, Repertoire, Way


def tiny_repertoire(gestures=8):
    """Each of ``gestures`` by both hands, by the left and by the right one."""
    facts = tuple(
        Facts(Way(f"g{i}", hand), hand or "both", "beat", ("rhythm",), ("flat",), 0.5)
        for i in range(gestures)
        for hand in ("", "left", "right")
    )
    codes = np.random.default_rng(0).normal(0, 1, (len(facts), CODE))
    return Repertoire(facts, codes.astype(np.float16).astype(np.float32))
