"""Recorded clips as gestures: the excerpt's are known from looking at them."""

import numpy as np
import pytest

from ha2g_engine.body import anatomy
from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, joint_positions
from ha2g_engine.data.gestures import build, limits, recorded, strokes
from ha2g_engine.errors import InputError

JOINT = {name: i for i, name in enumerate(EXPRESSIVE.joints)}


def one(library, ending):
    return next(g for g in library.gestures if g.name.endswith(ending))


@pytest.fixture(scope="module")
def clips(excerpt):
    return {
        clip.name.split("@")[-1]: clip
        for clip in recorded.smartbody(excerpt / "smartbody_gestures")
    }


@pytest.mark.parametrize(
    ("ending", "hands", "shape"),
    [("BeatFistMidLf01", "left", "fist"), ("BeatPointMidLf01", "left", "point")],
)
def test_known_hands_and_shapes(built, ending, hands, shape):
    gesture = one(built, ending)
    assert (gesture.hands, gesture.shape("left")) == (hands, shape)


@pytest.mark.parametrize(
    ("ending", "hands", "meaning", "kind"),
    [
        ("MeLf01", "left", "me", "deictic"),
        ("OfferBoth01", "both", "offering", "metaphoric"),
        ("StopBt01", "both", "stop", "emblem"),
        ("us2", "both", "we", "deictic"),
        ("you2", "right", "you", "deictic"),
    ],
)
def test_known_meanings(built, ending, hands, meaning, kind):
    gesture = one(built, ending)
    assert (gesture.hands, gesture.meanings[0], gesture.kind) == (hands, meaning, kind)


def test_the_apex_of_me_is_at_the_chest(built):
    gesture = one(built, "MeLf01")
    points = joint_positions(built.apex(gesture)[None], EXPRESSIVE)[0]
    neck = points[JOINT["neck"]]
    hand = points[JOINT["left_middle_1"]]
    assert np.linalg.norm(hand - neck) < 0.4  # m


def test_a_resting_trunk_is_the_skeletons_own(clips):
    for clip in clips.values():
        assert np.degrees(np.arccos(clip.directions[0, 0] @ NEUTRAL[0])) < 6


def test_a_wrong_left_thumb_becomes_the_right_ones_mirror_image(clips):
    bends = anatomy.angles(clips["PNGestures/us2"].directions, EXPRESSIVE)
    assert bends["left thumb bend"] == pytest.approx(bends["right thumb bend"], abs=0.5)


def test_sync_points_are_believed_only_near_the_arrival():
    found = strokes.Stroke(4, 12, 15, 20, 1.0)
    row = {"stroke_start": "0.4", "emphasis": "0.9", "stroke_end": "1.1", "relax": "1.3"}
    out = np.ones(40)
    labelled = recorded.labelled(found, row, out)
    assert (labelled.start, labelled.apex, labelled.relax) == (6, 14, 20)
    assert recorded.labelled(found, row | {"emphasis": "2.4"}, out) == found
    out[14] = 0.1  # the hand is not there
    assert recorded.labelled(found, row, out) == found


def test_running_speech_is_cut_at_its_strokes(excerpt):
    clips = list(recorded.talking(excerpt / "talk_motion"))
    talk = [clip for clip in clips if "presentation" in clip.name]
    assert len(talk) >= 3
    for clip in talk:
        phases = (clip.stroke.start, clip.stroke.apex, clip.stroke.end, clip.stroke.relax)
        assert list(phases) == sorted(phases) and phases[-1] < len(clip.directions)
        low = strokes.wrists(clip.directions)[clip.stroke.apex, :, 1].min()
        assert low < strokes.HANGING


def test_a_clip_without_fingers_moves_trunk_and_head_alone(built):
    shrug = one(built, "f_gestic_shrug_01")
    assert shrug.parts == {"trunk", "head"} and shrug.shapes == ("", "")
    motion = built.directions(shrug)
    assert np.ptp(motion[:, 3:37], axis=0).max() == 0
    assert np.ptp(motion[:, 37], axis=0).max() > 0.01


def test_fingers_of_the_bind_pose_are_replaced_in_the_palm(built, clips):
    motion = clips["Idle01_MeLf01"].directions
    changed = build.with_fingers_of(motion, built.home)
    for fixed in (4, 21):
        assert np.abs(changed[:, fixed] - motion[:, fixed]).max() < 1e-6
    bends = [anatomy.angles(m, EXPRESSIVE) for m in (changed, built.home[None])]
    name = "left middle finger bend"
    assert bends[0][name] == pytest.approx(bends[1][name][0], abs=0.5)
    assert np.ptp(anatomy.angles(motion, EXPRESSIVE)[name]) > 1


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"clips\.csv"):
        next(recorded.smartbody(tmp_path))


# --- strokes of made-up motion ---------------------------------------------------------------


def swinging(angles):
    """Both arms hanging, the right one swung forwards by so many degrees a frame."""
    motion = np.repeat(NEUTRAL[None], len(angles), axis=0)
    down, ahead = np.array([0, 1.0, 0]), np.array([0, 0, -1.0])
    a = np.radians(angles)[:, None]
    motion[:, [3, 4]] = down
    motion[:, 20] = motion[:, 21] = np.cos(a) * down + np.sin(a) * ahead
    return motion.astype(np.float32)


def test_a_stroke_is_found_where_it_was_put():
    rise = 60 * (1 - np.cos(np.linspace(0, np.pi, 9))) / 2
    angles = np.concatenate([np.zeros(6), rise, np.full(8, 60.0), rise[::-1], np.zeros(5)])
    stroke = strokes.find_stroke(swinging(angles), swinging([0])[0])
    assert abs(stroke.start - 7) <= 2
    assert abs(stroke.apex - 14) <= 2
    assert abs(stroke.relax - 24) <= 3
    assert stroke.start < stroke.apex <= stroke.end <= stroke.relax
    assert strokes.gesturing(swinging(angles), swinging([0])[0], 0, 24) == "right"


# --- limits ----------------------------------------------------------------------------------


def bent(name, angle):
    """The neutral pose with one bone turned so far towards the palm from the one before."""
    pose = NEUTRAL.astype(np.float64).copy()
    first, second = ("right_index_1>right_index_2", "right_index_2>right_index_3")
    names = EXPRESSIVE.bone_names
    a, b = pose[names.index(first)], pose[names.index(second)]
    across = b - a * (a @ b)
    across /= np.linalg.norm(across)
    pose[names.index(second)] = np.cos(np.radians(angle)) * a + np.sin(np.radians(angle)) * across
    return pose[None].astype(np.float32)


def test_a_finger_bent_too_far_is_brought_back_and_no_other_bone_moves():
    pose = bent("right_index", 150)
    held = limits.held(pose)
    assert limits.beyond(pose) > 20
    assert limits.beyond(held) < 0.1
    moved = np.flatnonzero(np.abs(held - limits.held(NEUTRAL[None])).max(axis=(0, 2)) > 1e-3)
    assert moved.tolist() == [EXPRESSIVE.bone_names.index("right_index_2>right_index_3")]


def test_what_is_within_its_range_stays(built):
    motion = built.directions(one(built, "OfferBoth01"))
    assert np.degrees(np.arccos(np.clip((limits.held(motion) * motion).sum(-1), -1, 1))).max() < 1.0
