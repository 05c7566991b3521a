# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty scene to an FBX by mouse alone, on a large screen and on a small one."""

import pytest

pytestmark = pytest.mark.window
MOST = 10  # clicks; a double click is one
SCREENS = ((1920, 1080), (1280, 720))


@pytest.mark.parametrize("size", SCREENS, ids=lambda size: f"{size[0]}x{size[1]}")
def test_few_clicks_lead_to_an_fbx(session, size, capsys):
    from PIL import Image

    facts, out = session("clicks_scenario", size=size)
    with capsys.disabled():
        print(f"\n{len(facts['clicks'])} clicks: {', '.join(facts['clicks'])}")
    assert len(facts["clicks"]) <= MOST
    (baked,) = [name for name in facts["files"] if name != "character.fbx"]
    assert (out / "project" / baked).read_bytes().startswith(b"Kaydara FBX Binary")
    steps = sorted(out.glob("click_*.png"))
    assert len(steps) == len(facts["clicks"]) + 1
    assert {Image.open(step).size for step in steps} == {size}
