# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of a film's frames → one motion."""

from dataclasses import replace

import numpy as np
import pytest
from shared_folder import ROOT

from ha2g_engine.pictures import landmarks
from ha2g_engine.pictures.filming import filmed
from ha2g_engine.pictures.posing import JOINTS, posed

PEOPLE = ROOT / "tests/fixtures/people"
FPS = 15.0


def degrees(one, two):
    return np.degrees(np.arccos(np.clip((one * two).sum(axis=-1), -1, 1)))


@pytest.fixture(scope="module")
def one():
    return landmarks.load(PEOPLE / "landmarks.npz")[0]


def test_somebody_who_stands_still_is_one_pose(one):
    film = filmed([one] * 30, FPS)
    assert film.directions.shape == (30, 42, 3)
    assert degrees(film.directions, posed(one).directions).max() < 1
    assert film.joints.all(axis=0).sum() == posed(one).joints.sum()
    assert (film.people == 1).all()


def test_tremor_is_taken_out(one):
    random = np.random.default_rng(0)
    shaken = [
        replace(one, body=one.body + random.normal(0, 0.02, one.body.shape).astype(np.float32))
        for _ in range(60)
    ]
    raw = np.array([posed(frame).directions for frame in shaken])[:, [4, 21]]
    smooth = filmed(shaken, FPS).directions[:, [4, 21]]
    speed = [np.abs(np.diff(motion, axis=0)).mean() for motion in (raw, smooth)]
    assert speed[1] < 0.6 * speed[0]


def test_a_short_gap_is_led_through_and_a_long_one_is_told(one):
    hidden = replace(one, seen=np.where(np.arange(33) == 15, 0, one.seen).astype(np.float32))
    film = filmed([one] * 10 + [hidden] * 4 + [one] * 10 + [hidden] * 20, FPS)
    wrist = film.joints[:, JOINTS["left_wrist"]]
    assert wrist[:24].all()
    assert not wrist[24:].any()
    assert degrees(film.directions[12, 4], posed(one).directions[4]) < 2


def test_frames_without_anybody_hold_the_pose_and_see_nothing(one):
    film = filmed([None] * 20 + [one] * 10 + [None] * 20, FPS)
    assert (film.people == [0] * 20 + [1] * 10 + [0] * 20).all()
    assert not film.joints[:20].any()
    assert np.isfinite(film.directions).all()
    assert degrees(film.directions[0], posed(one).directions).max() < 1


def test_a_film_without_anybody_and_without_frames(one):
    assert not filmed([None, None], FPS).joints.any()
    assert filmed([], FPS).directions.shape == (0, 42, 3)
