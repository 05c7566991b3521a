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
from ha2g_engine.gestures import hand_shapes, held
from ha2g_engine.gestures.held import Held
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


# --- beside gestures ---------------------------------------------------------------------


def test_a_range_is_whole_within_its_seconds_and_eases_beside_them():
    lifted = np.ones((2, len(STILL)))
    moved = hand_shapes.kept(STILL, [Held("fist", "left", 3.0, 4.0)], lifted)
    times = np.arange(len(STILL)) / FPS
    within = (times >= 3.0) & (times <= 4.0)
    shown = fingers(moved)[0][within]
    np.testing.assert_allclose(
        shown, np.broadcast_to(hand_shapes.table()["fist"], shown.shape), atol=2e-3
    )
    away = (times <= 3.0 - held.EASE) | (times >= 4.0 + held.EASE)
    np.testing.assert_array_equal(moved[away], STILL[away])
    others = [bone for bone in range(42) if not 5 <= bone < 20]
    np.testing.assert_array_equal(moved[:, others], STILL[:, others])


def test_a_shape_of_rest_is_there_while_no_gesture_is_under_way():
    lifted = np.zeros((2, len(STILL)))
    lifted[1, 40:80] = 1.0
    lifted[1, 80:90] = np.linspace(1, 0, 10)
    moved = hand_shapes.kept(STILL, [Held("flat")], lifted)
    np.testing.assert_array_equal(moved[40:80, 22:37], STILL[40:80, 22:37])
    shown = fingers(moved)
    flat = hand_shapes.table()["flat"]
    np.testing.assert_allclose(shown[0], np.broadcast_to(flat, shown[0].shape), atol=2e-3)
    np.testing.assert_allclose(shown[1, 95], flat, atol=2e-3)


def test_a_range_counts_for_more_than_rest_and_a_later_one_than_an_earlier_one():
    lifted = np.zeros((2, len(STILL)))
    shapes = [Held("fist", "both", 2.0, 4.0), Held("point", "both", 3.0, 4.0), Held("flat")]
    shown = fingers(hand_shapes.kept(STILL, shapes, lifted))[1]
    for second, name in ((1.0, "flat"), (2.5, "fist"), (3.5, "point"), (6.0, "flat")):
        at = round(second * FPS)
        np.testing.assert_allclose(shown[at], hand_shapes.table()[name], atol=2e-3, err_msg=name)


def test_without_any_nothing_is_touched():
    assert hand_shapes.kept(STILL, [], np.zeros((2, len(STILL)))) is STILL
    small = np.zeros((5, 9, 3), np.float32)
    assert hand_shapes.kept(small, [Held("flat")], np.zeros((2, 5))) is small
    with pytest.raises(InputError, match="no hand shape 'claw'"):
        hand_shapes.kept(STILL, [Held("claw")], np.zeros((2, len(STILL))))
