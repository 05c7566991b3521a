# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: by mouse alone from an empty scene to an FBX, every click counted.

Scene, character and speech lie in the user's home folder, where the file browser of a new profile
opens for the speech. Menus and lists of files do not say what lies under the mouse: there, places
are Blender 4.3's, in pixels.
"""

import os
import shutil
import sys
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import OUT, addon, area, region, shot, tell, window  # noqa: E402

PROJECT = OUT / "project"
FILE = 45, 14  # from the window's left and top: the menu File,
IMPORT = 65, 311  # in it Import,
FBX = 300, 435  # and in that FBX
ARROW = 6, 80  # from the 3D view's right and top: the arrow that shows the sidebar
FIRST_FILE = 60, 36  # from the left and the top of a list of files
TO_OPEN = "file.mouse_execute"  # what Blender's keymap does at a double click on a file
clicks = []


def counted(what, x, y):
    """Generator: one click, and the screen after it."""
    clicks.append(what)
    yield from hovered((x, y))
    yield from hands.click(x, y)
    yield 0.7


def hovered(*places):
    """Generator: the mouse led over PLACES as a hand does, so that menus follow it."""
    for x, y in places:
        for step in range(3):
            hands.move(x - 2 + step, y)
            yield 0.1


def kept():
    """Generator: a picture of the step that was just made."""
    yield from shot(f"click_{len(clicks):02}")


def from_top(place):
    return place[0], window().height - place[1]


def opened(what):
    """Generator: a double click on the first file of the list.

    Simulated events know no double clicks: the second one is what the keymap has for it.
    """
    keymap = bpy.context.window_manager.keyconfigs.default.keymaps["File Browser Main"]
    assert any(i.value == "DOUBLE_CLICK" and i.idname == TO_OPEN for i in keymap.keymap_items)
    files = region("WINDOW", "FILE_BROWSER")
    yield from kept()
    yield from counted(f"{what} (double)", files.x + FIRST_FILE[0],
                       files.y + files.height - FIRST_FILE[1])  # fmt: skip
    with hands.override("WINDOW", "FILE_BROWSER"):
        bpy.ops.file.mouse_execute("INVOKE_DEFAULT")
    yield lambda: not any(one.type == "FILE_BROWSER" for one in window().screen.areas)
    yield 0.7


def pressed(what, name, **where):
    """Generator: find the button NAME and click it."""
    place = yield from hands.find(name, **where)
    yield from counted(what, *place)


def prepare():
    """An empty scene, saved beside a character and a speech; the engine is ready."""
    hands.empty()
    PROJECT.mkdir()
    shutil.copy(REPOSITORY / "rigs/rocketbox/Male_Adult_04.fbx", PROJECT / "character.fbx")
    shutil.copy(REPOSITORY / "rigs/demo/jfk.flac", PROJECT / "address.flac")
    bpy.ops.wm.save_as_mainfile(filepath=str(PROJECT / "talk.blend"))
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    yield 1.0
    hands.event("ESC", "PRESS", 500, 300)  # the splash of a new profile
    hands.event("ESC", "RELEASE", 500, 300)
    bpy.ops.gestures.engine_start()
    yield addon().engine.process.is_ready
    os.environ["HOME"] = str(PROJECT)
    yield 0.5


def bring_in_a_character():
    yield from kept()
    yield from counted("File", *from_top(FILE))
    yield from kept()
    yield from hovered(from_top((65, 40)), from_top((65, 150)), from_top(IMPORT))
    yield 0.7
    middle = 240, from_top(IMPORT)[1]
    yield from hovered(middle, (300, middle[1]))
    yield from counted("Import > FBX", *from_top(FBX))
    yield from opened("the character")


def open_the_tab():
    view = area()
    yield from kept()
    yield from counted("the sidebar's arrow", view.x + view.width - ARROW[0],
                       view.y + view.height - ARROW[1])  # fmt: skip
    yield from kept()
    first = region().active_panel_category
    x, y = yield from hands.open_tab("Gestures")  # where it is, a person sees at once
    region().active_panel_category = first
    yield 0.3
    yield from counted("the tab Gestures", x, y)
    assert region().active_panel_category == "Gestures"


def scenario():
    yield from prepare()
    assert not bpy.data.objects
    yield from bring_in_a_character()
    armature = next(one for one in bpy.data.objects if one.type == "ARMATURE")
    yield from open_the_tab()
    yield from kept()
    yield from pressed("the folder of Speech", "buttons.file_browse", across=0.83)
    yield from opened("the speech")
    yield from kept()
    yield from pressed("Generate Gestures", "gestures.generate")
    yield from hands.away()
    yield lambda: "take" in armature.animation_data.action.name
    yield lambda: addon().engine.jobs.current() is None
    yield 1.0
    yield from kept()
    yield from pressed("Bake to FBX", "gestures.bake")
    yield 0.5
    yield from kept()
    yield from pressed("the file browser's button", "file.execute", across=0.94,
                       kind="EXECUTE", of="FILE_BROWSER")  # fmt: skip
    yield lambda: len(list(PROJECT.glob("*.fbx"))) == 2
    yield 0.7
    yield from kept()
    tell(clicks=clicks, files=sorted(path.name for path in PROJECT.glob("*.fbx")))


hands.play(scenario)
