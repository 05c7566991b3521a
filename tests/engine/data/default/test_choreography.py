"""Motion that obeys a plan, a speech and a style: strokes on accents, hands home, living trunk."""

from dataclasses import replace

import numpy as np
import pytest

from ha2g_engine.body.skeleton import FPS, LEVELS, NEUTRAL, joint_positions, skeleton
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.data.default import choreography, known, liveliness, rhythm
from ha2g_engine.data.default.heard import Heard
from ha2g_engine.data.gestures import library as gestures
from ha2g_engine.data.gestures.limits import beyond
from ha2g_engine.gestures.plan import Plan, Stroke, Turn

FRAMES = 225
TIMES = np.arange(FRAMES) / FPS
ONLY = {
    name: np.repeat(row[:, None], 6, axis=1) for name, row in zip("lmh", np.eye(3), strict=True)
}
EVEN = np.full((3, 6), 1 / 3)
ACCENTS = (2.0, 4.5, 9.0)


@pytest.fixture(scope="module")
def library():
    return gestures.load()


@pytest.fixture(scope="module")
def plan(library):
    """Three strokes by both hands; the hands go home after the second and the third."""
    facts = [f for f in known.repertoire(library).facts if f.hands == "both" and f.kind == "beat"]
    ways = [fact.way for fact in facts[:60:20]]
    ends = (None, 6.0, 10.5)
    strokes = [Stroke(t, w, until=e) for t, w, e in zip(ACCENTS, ways, ends, strict=True)]
    return Plan(tuple(strokes), (Turn(0.0, (0.0,) * 6), Turn(7.0, (1.5,) * 6)))


def spoken(beats=(), phrase=0.0):
    """A beat at each of ``beats`` s, under a loudness that stays."""
    beat = np.max([np.exp(-(((TIMES - t) / 0.15) ** 2)) for t in beats] or [0 * TIMES], axis=0)
    return Heard([], [], beat, np.full(FRAMES, float(phrase)))


def angle(a, b):
    return np.degrees(np.arccos(np.clip((a * b).sum(-1), -1, 1)))


def test_strokes_peak_on_accents_and_hands_go_home(library, plan):
    motion = choreography.perform(library.home, plan, spoken(), EVEN, library)
    speed = wrist_speed(motion).max(axis=1)
    for time in ACCENTS:
        first = int((time - 0.5) * FPS)
        peak = (first + speed[first : first + 15].argmax()) / FPS
        assert peak == pytest.approx(time, abs=0.14)
    arms = [3, 4, 20, 21]
    still = replace(plan, strokes=())
    rest = choreography.perform(library.home, still, spoken(), EVEN, library)
    assert angle(motion[-15:, arms], rest[-15:, arms]).max() < 2
    assert angle(motion[int(4.7 * FPS), arms], rest[0, arms]).max() > 15
    np.testing.assert_allclose(np.linalg.norm(motion, axis=-1), 1, atol=1e-5)


def test_high_alone_strokes_low_alone_beats_mid_alone_lifts(library, plan):
    def moved(style, **heard):
        return choreography.perform(library.home, plan, spoken(**heard), ONLY[style], library)

    arms = [3, 4, 20, 21]
    silent = {style: moved(style) for style in ONLY}
    beating = {style: moved(style, beats=(12.0,)) for style in ONLY}
    lifted = {style: moved(style, phrase=1.0) for style in ONLY}
    on_stroke = int(ACCENTS[0] * FPS) + 5
    assert angle(silent["h"][on_stroke], silent["h"][0])[arms].max() > 20
    for style in "lm":
        assert angle(silent[style][on_stroke], silent[style][0])[arms].max() < 1
    dips = {style: angle(beating[style], silent[style]).max() for style in ONLY}
    assert dips["l"] > 8
    assert max(dips["m"], dips["h"]) < 1
    lifts = {style: angle(lifted[style], silent[style])[:, arms].mean() for style in ONLY}
    assert lifts["m"] > 10
    assert lifts["m"] > 2 * lifts["l"]
    assert lifts["h"] < 1


@pytest.mark.parametrize("level", range(6))
def test_a_column_of_the_style_moves_its_level_and_no_coarser_one(library, plan, level):
    heard = spoken(beats=(3.0, 4.5, 8.0), phrase=0.5)
    motions = []
    for row in range(3):
        style = EVEN.copy()
        style[:, level] = np.eye(3)[row]
        motions.append(choreography.perform(library.home, plan, heard, style, library))
    coarser = list(LEVELS[level - 1]) if level else []
    own = sorted(set(LEVELS[level]) - set(coarser))
    apart = [angle(a, b).mean(axis=0) for a in motions for b in motions]
    assert max(change[own].mean() for change in apart) > 2
    bones = [b for b in coarser if b not in (1, 2)]  # collars go with their arms
    assert not bones or max(change[bones].max() for change in apart) < 0.5


def test_head_and_torso_turn_when_the_plan_says(library, plan):
    motion = choreography.perform(library.home, plan, spoken(), ONLY["h"], library)
    still = choreography.perform(
        library.home, replace(plan, turns=()), spoken(), ONLY["h"], library
    )
    apart = angle(motion, still)
    assert apart[: int(7 * FPS)].max() < 0.5
    assert apart[int(8 * FPS) :, 37].mean() > 5
    assert apart[int(8 * FPS) :, 0].mean() > 2


def test_small_gestures_grow_more_than_large_ones(library, plan):
    facts = sorted(known.repertoire(library).facts, key=lambda fact: fact.size)
    large = next(fact.way for fact in reversed(facts) if fact.hands == "both")
    strokes = (*plan.strokes[:2], replace(plan.strokes[2], way=large))
    poses, rest = choreography.placing.performed(library.home, strokes, FRAMES, library)
    shown = choreography.perform(library.home, Plan(strokes), spoken(), ONLY["h"], library)
    arms = [3, 20]
    asked = angle(poses.directions, rest.directions)[:, arms]
    grown = angle(shown, rest.together())[:, arms] - asked
    small, far = (asked > 10) & (asked < 30), asked > 50
    assert np.median(grown[small] / asked[small]) > 0.7
    assert np.median(grown[far] / asked[far]) < 0.6
    assert (asked + grown).max() < choreography.FURTHEST


def test_shoulders_lean_further_aside_than_the_back(library):
    leaning = Plan((), (Turn(0.0, (0.0,) * 5 + (2.0,)),))
    motion = choreography.perform(library.home, leaning, spoken(), ONLY["h"], library)
    still = choreography.perform(library.home, Plan(), spoken(), ONLY["h"], library)
    back, left, right = angle(motion[-1], still[-1])[:3]
    assert back > 5
    assert min(left, right) > 1.4 * back


def test_hands_are_no_twins_where_one_leads(library):
    beats = spoken(beats=(2.0, 4.0, 6.0))
    both = choreography.perform(NEUTRAL, Plan(), beats, EVEN, library)
    right = choreography.perform(NEUTRAL, Plan(), beats, EVEN, library, leading=1.0)
    moved = [angle(m, m[:1]).max(axis=0) for m in (both, right)]
    assert moved[1][21] > 1.2 * moved[0][21]
    assert moved[1][4] < 0.8 * moved[0][4]


def test_no_joint_goes_further_than_peoples(library, plan):
    heard = spoken(beats=(2.0, 4.5, 9.0), phrase=1.0)
    for style in (EVEN, ONLY["h"], ONLY["l"]):
        assert beyond(choreography.perform(library.home, plan, heard, style, library)) < 1


def test_fingers_close_towards_the_palm_on_a_beat():
    still = np.repeat(NEUTRAL[None], FRAMES, axis=0).astype(np.float64)
    beat, one, none = spoken(beats=(2.0,)).beat, np.ones(6), np.zeros(6)
    at_home = np.zeros((FRAMES, 6))
    fingers = np.where(np.arange(6) > 3, one, 0)
    moved = rhythm.moved(still, still, (beat, 0 * beat), fingers, none, at_home, 0.0)
    for hand in (range(5, 20), range(22, 37)):
        first = list(hand)[:12:3]
        bends = [angle(m[30, first], m[30, [b + 1 for b in first]]) for m in (still, moved)]
        assert (bends[1] > bends[0] + 3).all()


def test_a_nod_takes_the_nose_down_and_a_shrug_the_shoulders_up():
    still = np.repeat(NEUTRAL[None], FRAMES, axis=0).astype(np.float64)
    low, none = np.ones(6), np.zeros(6)
    beat = spoken(beats=(2.0,)).beat
    moved = liveliness.alive(still, np.zeros((FRAMES, 6)), beat, 0 * beat, (low, none, none))
    table = skeleton("expressive")
    rest, nodded = (joint_positions(m.astype(np.float32), table) for m in (still, moved))
    nose, shoulder = (table.joints.index(name) for name in ("nose", "left_shoulder"))
    assert int(nodded[:, nose, 1].argmax()) == pytest.approx(2 * FPS, abs=1)
    assert nodded[30, nose, 1] > rest[30, nose, 1] + 0.005
    assert nodded[30, shoulder, 1] < rest[30, shoulder, 1] - 0.002
