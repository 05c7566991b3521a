"""Greta's lexicons: what the records hold is what the files say."""

import numpy as np
import pytest

from ha2g_engine.data.gestures import greta
from ha2g_engine.errors import InputError


@pytest.fixture
def sketches(excerpt):
    return {sketch.name: sketch for sketch in greta.read_sketches(excerpt / "greta_gestures")}


def test_uniform_places_are_read_as_they_stand(sketches):
    last = sketches["BIG_Ges_B"].phases[1]
    assert last["left"].place == pytest.approx((0.626, 0.0, 0.553), abs=1e-3)
    assert last["right"].place == pytest.approx((0.595, 0.0, 0.574), abs=1e-3)


def test_symbolic_places_are_centimetres_of_her_arm(sketches):
    (stop,) = sketches["Stop_Pos_R"].phases
    assert stop["right"].place == pytest.approx((15 / 56, 20 / 56, 20 / 56))
    assert stop["right"].world


def test_a_left_hand_is_told_as_the_right_one_that_mirrors_it(sketches):
    w, x, y, z = sketches["Self_Ges_L"].phases[0]["left"].turn
    assert (w, x, y, z) == pytest.approx((0.90, -0.04, -0.31, 0.29), abs=0.01)


def test_a_gesture_without_phases_is_left_out(sketches):
    assert "empty" not in sketches and len(sketches["Count_Ges_R"].phases) == 6


def test_what_a_hand_shape_leaves_out_stands_at_zero(shapes):
    assert shapes["form_fist"]["middle2"][2] == 108
    assert "index1" not in shapes["reset"]


@pytest.mark.parametrize("prologue", ["<!DOCTYPE a [<!ENTITY b 'c'>]>", "<!DOCTYPE a SYSTEM 'b'>"])
def test_entities_are_refused(tmp_path, prologue):
    (tmp_path / greta.SHAPES).write_text(f"{prologue}<HandShapes/>")
    with pytest.raises(InputError, match="entities"):
        greta.read_shapes(tmp_path)


def test_what_is_no_xml_and_what_is_missing_is_said(tmp_path):
    with pytest.raises(InputError, match="missing"):
        greta.read_shapes(tmp_path)
    (tmp_path / greta.SHAPES).write_text("<HandShapes>")
    with pytest.raises(InputError, match="no XML"):
        greta.read_shapes(tmp_path)


def test_a_hand_without_a_turn_keeps_the_one_before():
    def hand(turn):
        return greta.Hand((0.0, 0.0, 0.0), turn, False, 0.0, "relax")

    turn = (0.8, 0.0, 0.6, 0.0)
    carried = list(greta._carried_on([{"left": hand(turn)}, {}, {"left": hand(None)}]))
    assert np.allclose(carried[2]["left"].turn, turn)
