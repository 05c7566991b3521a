# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: what the tab says in situations where nothing can come of it."""

import os
import shutil
import sys
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
import no_persons  # noqa: E402
import rig_library  # noqa: E402
from hands import OUT, addon, override, tell  # noqa: E402

SPEECH, TEXT = (OUT / name for name in ("talk.flac", "notes.txt"))
TOP = 300  # pixels of the tab that are kept
said = {}


def settings():
    return bpy.context.scene.gestures


def choose(one):
    """Let ONE be the object that is selected, alone."""
    for other in bpy.data.objects:
        other.hide_set(other != one)
    with override():
        bpy.ops.object.select_all(action="DESELECT")
        one.select_set(True)
        bpy.context.view_layer.objects.active = one


def generate():
    """Generator: press the button's operator and wait for its end."""
    with override():
        bpy.ops.gestures.generate("INVOKE_DEFAULT")
    yield lambda: addon().engine.jobs.current() is None
    yield 0.5


def logged():
    """The lines of the add-on's log."""
    return Path(addon().engine.process.addon_log_path()).read_text().splitlines()


def refusal(before):
    """What an operator refused since the log's lines BEFORE; "" for nothing."""
    lines = [line for line in logged()[len(before) :] if "WARNING" in line]
    return lines[-1] if lines else ""


def no_speech(armature):
    settings().speech = ""
    yield 0.1


def no_such_speech(armature):
    settings().speech = "//gone.wav"
    yield 0.1


def text_as_speech(armature):
    settings().speech = str(TEXT)
    yield from generate()


def a_picture_that_is_none(armature):
    settings().image = str(TEXT)
    yield from generate()
    settings().image = ""


def a_cube(armature):
    with override():
        bpy.ops.mesh.primitive_cube_add(size=0.5, location=(0, 0, 1))
        cube = bpy.context.object
    choose(cube)
    yield 0.1


def an_animal(armature):
    choose(no_persons.animal())
    yield 0.1


def no_fingers(armature):
    with override():
        other = rig_library.without(rig_library.rocketbox(), "Finger")
    choose(other)
    yield 0.1


def linked(armature):
    file = str(OUT / "character.blend")
    bpy.data.libraries.write(file, {armature})
    with bpy.data.libraries.load(file, link=True) as (_, wanted):
        wanted.objects = [armature.name]
    (other,) = wanted.objects
    bpy.context.scene.collection.objects.link(other)
    choose(other)
    yield 0.1


def a_dead_engine(armature):
    addon().engine.process._session.client._process.kill()
    yield 1.0


def a_folder_that_takes_nothing(armature):
    yield from generate()
    try:
        with override():
            bpy.ops.gestures.bake(filepath="/proc/take.fbx")
    except RuntimeError as error:
        said["a_folder_that_takes_nothing"] = str(error)
    yield 0.2


SITUATIONS = (
    no_speech, no_such_speech, text_as_speech, a_picture_that_is_none, a_cube, an_animal,
    no_fingers, linked, a_folder_that_takes_nothing, a_dead_engine,
)  # fmt: skip


def scenario():
    shutil.copy(REPOSITORY / "rigs" / "demo" / "jfk.flac", SPEECH)
    TEXT.write_text("Good evening.")
    armature = hands.stage()
    yield 1.0
    yield from hands.open_tab("Gestures")
    side = hands.region()
    for situation in SITUATIONS:
        name = situation.__name__
        settings().speech = str(SPEECH)
        choose(armature)
        before = logged()
        yield from situation(armature)
        hint = addon().takes.request.next_step(bpy.context)
        told = hint or addon().engine.process.death() or refusal(before)
        said.setdefault(name, told)
        hands.redraw()
        yield from hands.away()
        yield 0.3
        top = bpy.context.window.height - side.y - side.height if bpy.context.window else 0
        yield from hands.shot(f"window_wrong_{name}", f"{side.width}x{TOP}+{side.x}+{top}")
    tell(said=said)


hands.play(scenario)
