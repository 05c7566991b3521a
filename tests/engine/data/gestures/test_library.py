"""The library's readers on the excerpt: variants are what geometry says they are."""

import csv

import numpy as np
import pytest

from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, joint_positions
from ha2g_engine.data.gestures import build, codes, library, limits, page
from ha2g_engine.errors import InputError

JOINT = {name: i for i, name in enumerate(EXPRESSIVE.joints)}
LEFT, RIGHT = list(library.ARMS["left"]), list(library.ARMS["right"])


def degrees(a, b):
    return np.degrees(np.arccos(np.clip((a * b).sum(-1), -1, 1)))


@pytest.fixture
def offer(built):
    return next(g for g in built.gestures if g.name.endswith("OfferBoth01"))


@pytest.fixture
def fist(built):
    return next(g for g in built.gestures if g.name.endswith("BeatFistMidLf01"))


def test_the_table_and_the_motion_belong_together(built):
    assert len(built.gestures) == len(built.offsets) - 1 == len(built.codes)
    assert [g.frames for g in built.gestures] == np.diff(built.offsets).tolist()
    assert len({g.name for g in built.gestures}) == len(built.gestures)


def test_building_again_gives_the_same(built, excerpt, tmp_path):
    build.build(excerpt, tmp_path)
    again = library.load(tmp_path / "gestures.npz")
    assert again.gestures == built.gestures
    assert np.array_equal(again.motion, built.motion) and np.array_equal(again.codes, built.codes)


def test_the_mirror_image_of_the_mirror_image_is_the_motion(built):
    for gesture in built.gestures:
        motion = built.directions(gesture)
        twice = library.mirror_image(library.mirror_image(motion))
        assert np.abs(twice - motion).max() < 1e-5


def test_the_neutral_trunk_is_its_own_mirror_image():
    image = library.mirror_image(NEUTRAL[None])[0]
    trunk_and_face = [0, 1, 2, 37, 38, 39, 40, 41]
    assert degrees(image, NEUTRAL)[trunk_and_face].max() < 0.1
    assert np.allclose(image[LEFT], NEUTRAL[RIGHT] * [-1, 1, 1], atol=1e-6)


def test_a_one_handed_gesture_on_the_other_side_is_mirrored(built, fist):
    shown = built.shown(fist, "right")
    kept = built.directions(fist)
    assert degrees(shown.directions[:, RIGHT], kept[:, LEFT] * [-1, 1, 1]).max() < 0.1
    assert degrees(shown.directions[:, LEFT], built.home[LEFT]).max() < 0.1


def test_one_hand_of_two_leaves_the_other_at_home(built, offer):
    shown = built.shown(offer, "left")
    assert degrees(shown.directions[:, LEFT], built.directions(offer)[:, LEFT]).max() < 0.1
    assert degrees(shown.directions[:, RIGHT], built.home[RIGHT]).max() < 0.1


def test_twice_as_fast_takes_half_as_long(built, offer):
    shown = built.shown(offer, tempo=2.0)
    assert len(shown.directions) == -(-offer.frames // 2)
    assert shown.apex == round(offer.apex / 2)
    assert degrees(shown.directions[5], built.directions(offer)[10]).max() < 0.1


def test_a_smaller_gesture_stays_nearer_home_and_keeps_its_hand(built, offer):
    def height(size):
        points = joint_positions(built.shown(offer, size=size).directions, EXPRESSIVE)
        home = joint_positions(built.home[None], EXPRESSIVE)
        wrist = JOINT["right_wrist"]
        return np.linalg.norm(points[offer.apex, wrist] - home[0, wrist])

    assert height(0.5) < 0.75 * height(1.0) < height(1.25)
    small, whole = built.shown(offer, size=0.5), built.shown(offer)
    bends = [
        degrees(m.directions[offer.apex, 23], m.directions[offer.apex, 24]) for m in (small, whole)
    ]
    assert bends[0] == pytest.approx(bends[1], abs=0.1)


@pytest.mark.parametrize("size", [0.4, 0.8, 1.2])
def test_wrists_go_so_much_of_their_way(built, offer, size):
    def ways(directions):
        points = joint_positions(directions, EXPRESSIVE)
        return points[:, JOINT["left_wrist"]] - points[:, JOINT["left_shoulder"]]

    home = ways(built.home[None])
    wanted = home + size * (ways(built.directions(offer)) - home)
    shown = ways(built.shown(offer, size=size).directions)
    reachable = np.linalg.norm(wanted, axis=-1) < 0.985 * 0.69  # m, a nearly stretched arm
    assert reachable.mean() > 0.2
    assert np.abs(shown - wanted)[reachable].max() < 2e-3


def test_another_size_bends_no_joint_too_far(built, offer, fist):
    for gesture in (offer, fist):
        for size in (0.5, 1.3):
            assert limits.beyond(built.shown(gesture, size=size).directions) < 2  # degrees


def test_every_shown_bone_has_unit_length(built, fist):
    shown = built.shown(fist, "right", mirror=True, size=1.2, tempo=0.7)
    assert np.abs(np.linalg.norm(shown.directions, axis=-1) - 1).max() < 1e-5


@pytest.mark.parametrize("wrong", [{"hand": "both"}, {"size": 3.0}, {"tempo": 0.0}])
def test_what_cannot_be_shown_is_said(built, offer, wrong):
    with pytest.raises(InputError):
        built.shown(offer, **wrong)


def test_gestures_are_found_by_what_they_are(built, fist):
    assert fist in built.find(shape="fist", hands="left")
    assert fist in built.find(shape="fist", hands="right")  # its mirror image
    assert fist not in built.find(hands="both")
    assert {g.meanings[0] for g in built.find("stop")} == {"stop"}
    assert built.find("no such thing") == []
    assert built.named(fist.name) is fist
    with pytest.raises(InputError, match="no gesture"):
        built.named("nobody")


def test_the_mirror_image_of_the_left_is_the_right(built):
    ways = built.ways("left") + built.ways("right")
    assert {way.gesture.name for way in built.ways("left")} == {
        way.gesture.name for way in built.ways("right")
    }
    kept = [way for way in ways if not way.mirrored]
    assert all(way.meanings == way.gesture.meanings for way in kept)


def test_ways_are_all_different_and_shown_by_the_hands_they_say(built, offer):
    ways = [way for way in built.ways() if way.gesture == offer]
    assert len({(way.hand, way.mirror) for way in ways}) == len(ways) == 6
    for way in ways:
        shown = built.shown(offer, way.hand, mirror=way.mirror)
        moving = [np.ptp(shown.directions[:, arm[0]], axis=0).max() > 0.05 for arm in (LEFT, RIGHT)]
        assert moving == [way.hands in ("left", "both"), way.hands in ("right", "both")]


def test_codes_are_white_and_know_their_gestures(built):
    described = np.stack(
        [
            codes.description(built.apex(w.gesture, w.hand, mirror=w.mirror), w.gesture.speed)
            for w in built.ways()
            if w.gesture.hands != "none"
        ]
    )
    found = built.coder.of(described)
    assert np.abs(found.mean(axis=0)).max() < 0.02
    assert np.abs(found.std(axis=0) - 1).max() < 0.02
    assert built.coder.explained(described) > 0.9
    own = np.stack([built.code(g)[:14] for g in built.gestures])
    assert np.abs(own - built.codes).max() < 0.05


def test_a_code_ends_with_size_and_tempo(built, offer):
    assert built.code(offer, size=1.1, tempo=0.9)[14:] == pytest.approx([1.0, -1.0])


def test_a_library_without_its_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="missing"):
        library.load(tmp_path / "gestures.npz")


def test_the_table_is_plain_csv(built, tmp_path):
    rows = list(library.rows(built.gestures))
    with (tmp_path / "t.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (tmp_path / "t.csv").open(newline="") as file:
        read = [library._gesture(row) for row in csv.DictReader(file)]
    assert [(g.name, g.meanings, g.parts, g.apex) for g in read] == [
        (g.name, g.meanings, g.parts, g.apex) for g in built.gestures
    ]


def test_the_page_shows_every_gesture_and_is_the_same_again(built, tmp_path):
    for folder in ("once", "again"):
        page.write_page(built, tmp_path / folder)
    files = sorted(p.relative_to(tmp_path / "once") for p in (tmp_path / "once").rglob("*.*"))
    assert len(files) >= 2
    for file in files:
        assert (tmp_path / "once" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    text = (tmp_path / "once" / page.PAGE).read_text()
    assert all(page.short(gesture.name) in text for gesture in built.gestures)
