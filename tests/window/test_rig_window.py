# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig panel in a real Blender window, driven with the mouse."""

import numpy as np
import pytest

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def walk(session):
    return session("rig_scenario")


def test_a_missing_finger_is_yellow(walk):
    facts, _ = walk
    assert facts["light"] == "yellow"


def test_a_body_part_is_emptied_with_the_mouse(walk):
    facts, _ = walk
    assert len(facts["chosen"]) == 1 and facts["chosen"][0].endswith(".R")


def test_the_neutral_pose_is_shown_with_the_mouse(walk):
    facts, _ = walk
    assert facts["posed"] > 0.3


def test_every_step_has_its_picture(walk):
    from PIL import Image

    _, out = walk
    pictures = sorted(out.glob("window_rig_*.png"))
    assert len(pictures) == 4
    for path in pictures:
        assert np.asarray(Image.open(path).convert("L")).std() > 10, path.name
