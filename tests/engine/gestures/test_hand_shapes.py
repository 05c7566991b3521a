"""Named hand shapes: the table is the library's, and fingers take them in their palm."""

import json

import numpy as np
import pytest

from ha2g_engine.body.poses import Poses
from ha2g_engine.body.skeleton import FPS, NEUTRAL
from ha2g_engine.data.gestures import shape_table
from ha2g_engine.data.gestures.hands import features
from ha2g_engine.data.gestures.library import load
from ha2g_engine.errors import InputError
from ha2g_engine.gestures import hand_shapes
from ha2g_engine.gestures.plan import Stroke
from ha2g_engine.gestures.repertoire import Way

STILL = np.repeat(np.asarray(NEUTRAL, np.float32)[None], 120, axis=0)


def fingers(directions):
    """(2, T, 15, 3) as told of right hands."""
    found = Poses.of(directions.astype(np.float64)).fingers.copy()
    found[0] *= hand_shapes.MIRROR
    return found


def test_the_table_is_made_from_the_library():
    assert json.loads(hand_shapes.TABLE.read_text("utf-8")) == shape_table.shape_table(load())
    assert {"fist", "point", "flat", "spread", "thumb up"} <= set(hand_shapes.names())


def test_shapes_are_told_apart():
    told = features(np.stack(list(hand_shapes.table().values())))
    apart = np.linalg.norm(told[:, None] - told, axis=-1)
    assert apart[~np.eye(len(told), dtype=bool)].min() > 0.1
    bent = dict(zip(hand_shapes.names(), told, strict=True))
    assert bent["fist"][:8].mean() > 2 * max(0.05, bent["flat"][:8].mean())
    assert bent["point"][0] + bent["point"][4] < bent["fist"][0] + bent["fist"][4] - 0.5


@pytest.mark.parametrize("shaped", ["left", "right", "both"])
def test_hands_have_the_shape_while_the_stroke_lasts(shaped):
    stroke = Stroke(3.0, Way("g1"), until=4.5, shape="fist", shaped=shaped)
    moved = hand_shapes.shaped(STILL, [stroke])
    times = np.arange(len(moved)) / FPS
    away = (times < 3.0 - hand_shapes.FORM - 0.01) | (times > 4.5 + hand_shapes.FORM + 0.01)
    np.testing.assert_array_equal(moved[away], STILL[away])
    held = (times >= 3.0) & (times <= 4.5)
    for side, name in enumerate(("left", "right")):
        wanted = (
            hand_shapes.table()["fist"] if shaped in (name, "both") else fingers(STILL)[side][0]
        )
        shown = fingers(moved)[side][held]
        np.testing.assert_allclose(shown, np.broadcast_to(wanted, shown.shape), atol=2e-3)
    body = [b for b in range(42) if not (5 <= b < 20 or 22 <= b < 37)]
    np.testing.assert_allclose(moved[:, body], STILL[:, body], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=-1), 1, atol=1e-5)


def test_a_shape_ends_with_the_next_stroke_and_muted_ones_have_none():
    strokes = [Stroke(2.0, Way("g1"), shape="point"), Stroke(4.0, Way("g2"))]
    moved = hand_shapes.shaped(STILL, strokes)
    np.testing.assert_array_equal(moved[int(4.0 * FPS) :], STILL[int(4.0 * FPS) :])
    assert np.abs(moved - STILL).max() > 0.1
    muted = [Stroke(2.0, Way("g1"), shape="point", muted=True)]
    assert hand_shapes.shaped(STILL, muted) is STILL


def test_a_shape_that_there_is_not_is_one_sentence():
    with pytest.raises(InputError, match="no hand shape 'paw'"):
        hand_shapes.shaped(STILL, [Stroke(1.0, Way("g1"), shape="paw")])
    small = np.zeros((20, 9, 3), np.float32)
    assert hand_shapes.shaped(small, []) is small
