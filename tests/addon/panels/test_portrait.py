# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel shows the picture that was chosen, and none that a file brought along."""

import time

import bpy
import numpy as np
import pytest
from conftest import REPOSITORY

from blender_addon.properties import portrait

SPEAKER = REPOSITORY / "rigs" / "demo" / "speaker.jpg"


@pytest.fixture
def settings(ready):
    yield bpy.context.scene.gestures
    portrait.forget()


def looked_at(path):
    """Whether drawing PATH loaded it; without a window icons have no number."""
    portrait.icon(path)
    return portrait._shown is not None


def test_a_chosen_picture_is_shown_as_long_as_it_is_the_one(settings, tmp_path):
    assert not looked_at(settings.image)
    settings.image = str(SPEAKER)
    assert looked_at(settings.image)
    first = portrait._shown
    assert looked_at(settings.image) and portrait._shown is first  # drawn again, loaded once
    settings.image = str(tmp_path / "gone.jpg")
    assert not looked_at(settings.image)
    settings.image = ""
    assert not looked_at("")


def test_a_picture_that_a_file_names_is_not_looked_at(settings, tmp_path):
    settings.image = str(SPEAKER)
    file = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    bpy.ops.wm.open_mainfile(filepath=str(file))
    image = bpy.context.scene.gestures.image
    assert image.endswith("speaker.jpg")
    assert not looked_at(image)


def test_what_the_engine_finds_in_a_chosen_picture_stands_beside_it(fake_engine, character):
    settings, jobs = bpy.context.scene.gestures, fake_engine.engine.jobs
    shown = fake_engine.properties.portrait
    settings.image = str(SPEAKER)
    assert shown._look() == shown.PAUSE
    assert shown.found(settings.image) == ""  # nobody has started the engine
    assert jobs.idle()
    begun = jobs.start("hello", {}, "")
    assert shown._look() == shown.PAUSE and not shown._job  # somebody else needs it
    jobs.wait(begun)
    wait_for(lambda: shown._look() is None)
    found = shown.found(settings.image)
    assert found == (
        "Sure. Mostly the right hand; at rest hands hang. The whole body follows the beat."
    )
    assert shown.found("/other.jpg") == ""
    settings.image = ""
    assert shown.found(str(SPEAKER)) == ""


def test_who_needs_the_engine_comes_first_and_the_picture_is_looked_at_then(
    fake_engine, monkeypatch
):
    settings, jobs = bpy.context.scene.gestures, fake_engine.engine.jobs
    shown = fake_engine.properties.portrait
    jobs.wait(jobs.start("hello", {}, ""))
    settings.image = str(SPEAKER)
    shown._look()
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "poll", lambda: None)  # the answer may be there: it is not for this job
        shown._job.outcome = fake_engine.engine.client.Failure(shown._job.number, "cancelled", "")
        assert shown._look() == shown.PAUSE
    jobs.poll()
    assert shown.found(settings.image) == ""
    wait_for(lambda: shown._look() is None)
    assert shown.found(settings.image).startswith("Sure.")


def test_a_picture_that_is_gone_is_not_asked_about(fake_engine, tmp_path):
    settings, jobs = bpy.context.scene.gestures, fake_engine.engine.jobs
    jobs.wait(jobs.start("hello", {}, ""))
    settings.image = str(tmp_path / "gone.jpg")
    assert fake_engine.properties.portrait._look() is None
    assert jobs.idle()


def test_who_is_in_it_stands_there_and_is_drawn_on_it(fake_engine, character, tmp_path):
    settings, jobs = bpy.context.scene.gestures, fake_engine.engine.jobs
    shown = fake_engine.properties.portrait
    picture = tmp_path / "looked.jpg"
    picture.write_bytes(SPEAKER.read_bytes())
    jobs.wait(jobs.start("hello", {}, ""))
    settings.image = str(picture)
    assert not shown.looked_for_people(settings.image)
    wait_for(lambda: shown._look() is None)
    assert shown.looked_for_people(settings.image)
    assert shown.found(settings.image).startswith(
        "2 people, the largest is taken. Seen: face, both arms. "
        "Not seen: shoulders, both hands. Mostly the right hand"
    )
    drawn = shown._shown["picture"]
    assert tuple(drawn.image_size) == (60, 40)
    pixels = np.array(drawn.image_pixels_float).reshape(40, 60, 4)
    assert pixels[18:22, 30, 2].max() > 0.4  # the left side's ink, where the line is
    assert pixels[5, 30, :3].max() == 0.0
    settings.image = ""
    assert not shown.looked_for_people(str(picture))


def test_what_the_picture_gives_is_asked_for_and_comes_back(fake_engine, character):
    context, settings = bpy.context, bpy.context.scene.gestures
    generate, request = fake_engine.properties.generate, fake_engine.takes.request
    assert generate.taken(settings) is None
    settings.image = str(SPEAKER)
    assert generate.taken(settings) == ("style", "home", "pose")
    settings.picture_home = False
    settings.speech = str(SPEAKER.with_name("jfk.flac"))
    asked = request.request_from(context)
    assert asked.engine_params()["taken"] == ("style", "pose")
    generate.show_taken(settings, None)
    assert generate.taken(settings) == ("style", "home")
    generate.show_taken(settings, ("pose",))
    assert generate.taken(settings) == ("pose",)


def wait_for(condition):
    until = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
