# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences in a real window: no error, megabytes and seconds shown."""

import re

import pytest

pytestmark = pytest.mark.window


def test_the_preferences_are_drawn_and_tell_how_far_it_is(session):
    facts, out = session("preferences_scenario")
    assert re.fullmatch(r"Downloading torch: 0 of 190 MB, \d s", facts["told"])
    assert "Traceback" not in (out / "blender.log").read_text(errors="replace")
