"""Made gestures against geometry worked out apart: forward kinematics, closed forms, anatomy."""

import numpy as np
import pytest

from ha2g_engine.body import anatomy
from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, joint_positions
from ha2g_engine.data.gestures import hands, made, reach, sketches
from ha2g_engine.data.gestures.greta import Hand, Sketch

JOINT = {name: i for i, name in enumerate(EXPRESSIVE.joints)}
BONE = {name: i for i, name in enumerate(EXPRESSIVE.bone_names)}


def places(directions, joint):
    return joint_positions(np.asarray(directions, np.float32), EXPRESSIVE)[:, JOINT[joint]]


def hand(place, fingers="ahead", palm="in", shape="flat"):
    told = {"place": place, "fingers": fingers, "palm": palm, "shape": shape}
    return sketches.own_hand("test", told)


def gesture(*phases, side="right"):
    return Sketch("test", "iconic", tuple({side: phase} for phase in phases))


@pytest.fixture(scope="module")
def all_made(excerpt, shapes):
    return [
        (meant, made.make(meant.sketch, shapes))
        for meant in sketches.all_sketches(excerpt / "greta_gestures")
    ]


# --- the arm ---------------------------------------------------------------------------------


def test_the_wrist_is_where_it_was_sent():
    random = np.random.default_rng(3)
    ways = random.normal(size=(200, 3))
    ways *= random.uniform(0.25, 0.67, (200, 1)) / np.linalg.norm(ways, axis=1, keepdims=True)
    wanted = reach.SHOULDERS["right"] + ways
    arm = reach.reached(wanted, random.uniform(0, 2, 200))
    body = np.repeat(NEUTRAL[None], 200, axis=0)
    body[:, reach.UPPER], body[:, reach.FORE] = arm.upper, arm.fore
    assert np.abs(places(body, "right_wrist") - wanted).max() < 1e-3  # m
    assert np.allclose(np.linalg.norm(arm.upper, axis=-1), 1)
    assert np.allclose(np.linalg.norm(arm.fore, axis=-1), 1)


def test_what_is_out_of_reach_is_reached_for():
    wanted = reach.SHOULDERS["right"] + np.array([[0.0, 0.0, -2.0], [0.0, 0.0, -0.02]])
    arm = reach.reached(wanted, np.zeros(2))
    bend = np.degrees(np.arccos((arm.upper * arm.fore).sum(-1)))
    assert 0 < bend[0] < 25
    assert bend[1] == pytest.approx(reach.SHARPEST, abs=0.1)


def test_a_raised_elbow_goes_outwards_and_never_above_the_hand_before_the_chest():
    wanted = np.repeat(reach.SHOULDERS["right"][None] + [[0.1, 0.2, -0.35]], 3, axis=0)
    elbow = reach.reached(wanted, np.array([0.0, 1.0, 2.0])).upper * reach.UPPER_LENGTH
    assert (np.diff(elbow[:, 0]) < -0.02).all()  # m to the right
    assert (elbow[:, 1] > 0.1).all()  # m below the shoulder


def test_the_palm_faces_where_it_was_told(shapes):
    result = made.make(gesture(hand([0.3, 0.36, 0.42], "up", "ahead")), shapes)
    bones = result.directions[result.apex]
    index, pinky = (bones[BONE[f"right_wrist>right_{f}_1"]] for f in ("index", "pinky"))
    along, palm = index + pinky, np.cross(index, pinky)
    assert along[1] / np.linalg.norm(along) < -0.95  # y is down
    assert palm[2] / np.linalg.norm(palm) < -0.95  # z is backwards


@pytest.mark.parametrize("axis", [0, 2])
def test_a_wrist_turned_too_far_is_held(axis):
    vector = np.zeros((1, 3))
    vector[0, axis] = 120
    held = reach.limited(reach.Rotation.from_rotvec(vector, degrees=True))
    limit = reach.WRIST_SIDE[1] if axis == 0 else reach.WRIST_BEND
    assert np.degrees(held.magnitude())[0] == pytest.approx(limit)


# --- the phases ------------------------------------------------------------------------------


def test_a_phase_follows_the_closed_form_of_the_least_jerk(shapes):
    first, last = hand([0.2, 0.1, 0.5]), hand([0.6, 0.2, 0.45])
    result = made.make(gesture(first, last), shapes)
    wrist = places(result.directions, "right_wrist")[result.start : result.apex + 1]
    t = np.linspace(0, 1, len(wrist))[:, None]
    share = 6 * t**5 - 15 * t**4 + 10 * t**3  # Flash & Hogan 1985, eq. 4
    assert np.abs(wrist - (wrist[0] + share * (wrist[-1] - wrist[0]))).max() < 1e-3  # m


def test_places_are_shares_of_the_arm(shapes):
    first, last = hand([0.2, 0.1, 0.5]), hand([0.5, 0.3, 0.4])
    result = made.make(gesture(first, last), shapes)
    wrist = places(result.directions, "right_wrist")
    moved = wrist[result.apex] - wrist[result.start]
    assert moved == pytest.approx(np.array([-0.3, -0.2, 0.1]) * 0.69, abs=1e-3)


def test_both_hands_mirror_each_other_about_the_body(shapes):
    phases = ({side: hand([0.3, 0.2, 0.5]) for side in ("left", "right")},)
    result = made.make(Sketch("test", "iconic", phases), shapes)
    left, right = (places(result.directions, f"{s}_wrist")[result.apex] for s in ("left", "right"))
    assert left[1:] == pytest.approx(right[1:], abs=1e-3)
    assert left[0] + right[0] == pytest.approx(2 * made.MIDDLE, abs=1e-3)


def test_a_left_gesture_leaves_the_right_arm_hanging(shapes):
    result = made.make(gesture(hand([0.3, 0.2, 0.5]), side="left"), shapes)
    assert np.ptp(places(result.directions, "right_wrist"), axis=0).max() < 1e-4
    assert np.ptp(places(result.directions, "left_wrist"), axis=0).max() > 0.3


def test_longer_ways_take_longer(shapes):
    start = hand([0.2, 0.1, 0.5])
    near, far = (made.make(gesture(start, hand([x, 0.1, 0.5])), shapes) for x in (0.25, 0.75))
    assert far.apex - far.start > near.apex - near.start


def test_phases_in_which_hands_hang_are_left_out():
    hanging = Hand((0.36, -0.66, 0.1), None, False, 0.0, "relax")
    raised = Hand((0.3, 0.2, 0.5), None, False, 0.0, "relax")
    phases = [{"right": h} for h in (hanging, raised, raised, hanging)]
    assert sketches._without_rests(phases) == phases[1:3]
    assert sketches._without_rests(phases[:1]) == phases[:1]


# --- all of them -----------------------------------------------------------------------------


def test_all_bones_keep_their_length(all_made):
    for meant, result in all_made:
        lengths = np.linalg.norm(result.directions, axis=-1)
        assert np.abs(lengths - 1).max() < 1e-5, meant.sketch.name


def test_no_joint_goes_beyond_its_range(all_made):
    for meant, result in all_made:
        shares = anatomy.violations(result.directions, EXPRESSIVE)
        assert not {n: s for n, s in shares.items() if s}, meant.sketch.name


def test_phases_are_in_order(all_made):
    for _, result in all_made:
        last = len(result.directions) - 1
        assert 0 < result.start < result.apex <= result.end <= result.relax < last


def test_what_means_nothing_is_left_out(all_made):
    assert "Homework" not in {meant.sketch.name for meant, _ in all_made}


@pytest.mark.parametrize("word", ["shape", "fingers"])
def test_a_sketch_with_an_unknown_word_is_refused(word):
    told = {"place": [0, 0, 0], "fingers": "up", "palm": "in", "shape": "flat", word: "nowhere"}
    with pytest.raises(sketches.InputError, match="nowhere"):
        sketches.own_hand("test", told)


# --- hand shapes -----------------------------------------------------------------------------


def bones_of(shape, shapes):
    return hands.finger_directions(hands.shape_angles(shape, shapes)[None])[0].reshape(5, 3, 3)


def test_the_fingers_of_a_fist_close_on_the_palm(shapes):
    for finger in bones_of("fist", shapes)[:4]:
        assert finger[1, 1] > 0.8  # out of the palm
        assert finger[2, 0] < -0.5  # and back to the wrist


def test_a_pointing_hand_stretches_the_index_alone(shapes):
    bones = bones_of("point", shapes)
    assert bones[0, 2] @ [1, 0, 0] > 0.97
    assert max(bones[i, 2, 0] for i in (1, 2, 3)) < 0


def test_two_fingers_apart_are_further_apart_than_together(shapes):
    angle = [np.arccos(b[0, 1] @ b[1, 1]) for b in (bones_of(s, shapes) for s in ("two", "flat"))]
    assert np.degrees(angle[0]) > np.degrees(angle[1]) + 10


def test_the_thumb_of_a_thumb_up_is_away_from_the_hand(shapes):
    out, inside = (bones_of(s, shapes)[4, 2, 2] for s in ("thumb up", "fist"))
    assert out > 0.5 > inside


def test_every_named_shape_is_known_as_itself(shapes):
    names = hands.ShapeNames(shapes)
    degrees = np.stack([hands.shape_angles(name, shapes) for name in hands.NAMED])
    found = [names.nearest(f) for f in hands.features(hands.finger_directions(degrees))]
    assert found == list(hands.NAMED)
