"""The library in the package: how much there is, and that gestures look like what they mean."""

from pathlib import Path

import numpy as np
import pytest

from ha2g_engine.body.skeleton import EXPRESSIVE, joint_positions
from ha2g_engine.data.gestures import library, limits, page

DOCS = Path(__file__).resolve().parents[4] / "docs"
JOINT = {name: i for i, name in enumerate(EXPRESSIVE.joints)}
WANTED = (
    "negation", "contrast", "question", "me", "you", "we", "here", "there", "up", "down", "big",
    "small", "all", "none", "more", "counting", "before", "after", "maybe", "don't know", "stop",
    "greeting", "offering", "obligation", "listing",
)  # fmt: skip


def points(shipped, gesture, frame=None):
    """(joints, 3) m from the neck at a frame of the gesture, its apex by default."""
    frame = gesture.apex if frame is None else frame
    found = joint_positions(shipped.directions(gesture)[[frame]], EXPRESSIVE)[0]
    return found - found[JOINT["neck"]]


def with_hands(shipped, meaning, first=True):
    return [
        g
        for g in shipped.find(meaning)
        if g.hands != "none" and (g.meanings[0] == meaning or not first)
    ]


def test_there_is_enough(shipped):
    assert len({gesture.take for gesture in shipped.gestures}) >= 300
    assert len(shipped.meanings()) >= 40
    shapes = {
        g.shape(hand)
        for g in shipped.gestures
        for hand in ("left", "right")
        if g.hands in (hand, "both")
    } - {""}
    assert len(shapes) >= 12


@pytest.mark.parametrize("meaning", WANTED)
def test_what_people_say_with_their_hands_is_there(shipped, meaning):
    assert len(shipped.ways(meaning)) >= 3


def test_it_is_small_and_holds_no_objects():
    assert library.MOTION.stat().st_size < 8e6
    with np.load(library.MOTION, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fi" for name in arrays.files)
        assert arrays["directions"].dtype == np.float16


def test_phases_are_in_order_and_bones_whole(shipped):
    for gesture in shipped.gestures:
        phases = [gesture.start, gesture.apex, gesture.end, gesture.relax]
        assert phases == sorted(phases) and phases[0] >= 0 and phases[-1] < gesture.frames
    kept = np.linalg.norm(shipped.motion.astype(np.float32), axis=-1)
    assert np.abs(kept - 1).max() < 2e-3


def test_no_joint_goes_far_beyond_its_range(shipped):
    beyond = {g.name: limits.beyond(shipped.directions(g)) for g in shipped.gestures}
    assert max(beyond.values()) < 8  # degrees
    assert np.mean([value > 1 for value in beyond.values()]) < 0.03


def test_no_finger_pops(shipped):
    for gesture in shipped.gestures:
        if gesture.origin in ("greta", "ha2g"):
            motion = shipped.directions(gesture)
            turned = np.degrees(np.arccos(np.clip((motion[1:] * motion[:-1]).sum(-1), -1, 1)))
            assert turned.max() < 80, gesture.name  # a frame; captured fingers turn up to 110


def test_both_hands_of_big_are_far_apart_and_of_small_near(shipped):
    def apart(meaning):
        for gesture in with_hands(shipped, meaning):
            if gesture.hands == "both":
                found = points(shipped, gesture)
                yield np.linalg.norm(found[JOINT["left_wrist"]] - found[JOINT["right_wrist"]])

    assert np.median(list(apart("big"))) > 0.7  # m
    assert max(apart("small")) < 0.3


def test_me_is_at_the_chest_and_you_away_from_it(shipped):
    def before_chest(meaning):
        for gesture in with_hands(shipped, meaning):
            found = points(shipped, gesture)
            sides = ("left", "right") if gesture.hands == "both" else (gesture.hands,)
            chest = np.array([0, 0.12, -0.08])
            yield min(np.linalg.norm(found[JOINT[f"{s}_middle_1"]] - chest) for s in sides)

    assert np.median(list(before_chest("me"))) < 0.27  # m
    assert np.median(list(before_chest("you"))) > 0.4


def test_up_rises_and_down_falls(shipped):
    def rise(meaning):
        for gesture in with_hands(shipped, meaning):
            made = gesture.origin in ("greta", "ha2g") and gesture.kind == "iconic"
            if made and "high" not in gesture.meanings:
                side = gesture.leading
                now, then = (points(shipped, gesture, f) for f in (gesture.apex, gesture.start))
                yield then[JOINT[f"{side}_wrist"], 1] - now[JOINT[f"{side}_wrist"], 1]

    assert min(rise("up")) > 0.1  # m
    assert max(rise("down")) < -0.1


def test_a_made_no_sweeps_sideways(shipped):
    for name in ("ha2g/no_sweep", "ha2g/no_sweep_both", "ha2g/cut"):
        gesture = shipped.named(name)
        first, last = (points(shipped, gesture, f) for f in (gesture.start, gesture.apex))
        way = np.abs(last[JOINT["right_wrist"]] - first[JOINT["right_wrist"]])
        assert way[0] > 0.3 and way[0] > 3 * way[1]


@pytest.mark.parametrize(
    ("name", "straight"),
    [
        ("one", ("index",)),
        ("two_fingers", ("index", "middle")),
        ("four_fingers", ("index", "middle", "ring", "pinky")),
    ],
)
def test_counting_shows_as_many_fingers(shipped, name, straight):
    pose = shipped.apex(shipped.named(f"ha2g/{name}"))
    names = EXPRESSIVE.bone_names
    for finger in ("index", "middle", "ring", "pinky"):
        first = pose[names.index(f"right_wrist>right_{finger}_1")]
        last = pose[names.index(f"right_{finger}_2>right_{finger}_3")]
        assert (first @ last > 0.8) == (finger in straight)


def test_every_origin_has_its_licence_beside(shipped):
    held = {path.name.split("-")[0] for path in library.MOTION.with_name("licences").iterdir()}
    assert {g.origin for g in shipped.gestures} - {"greta", "ha2g"} <= held


def test_the_page_is_that_of_this_library(shipped):
    text = (DOCS / page.PAGE).read_text(encoding="utf-8")
    assert text == page.page_text(shipped)
    sheets = sorted((DOCS / page.FOLDER).glob("*.png"))
    assert [f"({page.FOLDER}/{path.name})" in text for path in sheets] == [True] * text.count("![]")
    assert sum(path.stat().st_size for path in sheets) < 6e6
