# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: a mouse, eyes for buttons, a clock for stalls; scenarios as generators.

A scenario yields seconds to wait, or a condition to wait for. Buttons are found as a user finds
them, by moving the mouse over the sidebar; what lies under it Blender tells itself (the same
that "Copy Python Command" and "Copy Full Data Path" of a button's menu copy).
"""

import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from pathlib import Path

import bpy
import rig_library

OUT = Path(os.environ["WINDOW_OUT"])
TICK = 0.01  # seconds between two looks
PATIENCE = 120.0  # seconds a condition gets
ROW = 9  # pixels between two places looked at; a button is 20 high
TOP = 60  # pixels: where a sidebar has panels, however few
PAGES = 6  # of the sidebar that are searched
MODULE = "bl_ext.user_default.gestures"
COPIES = (
    (bpy.ops.ui.copy_python_command_button, {}),
    (bpy.ops.ui.copy_data_path_button, {"full_path": True}),
)


def beside(path):
    """A copy of the file at PATH beside the scene's, as a path that tells no folder of ours."""
    shutil.copy(path, OUT)
    return f"//{Path(path).name}"


def addon():
    return sys.modules[MODULE]


class Clock:
    """The longest time between two ticks of the interface since start(), in seconds.

    longest: on the wall. busy: of the interface's own computing, whatever else the machine does.
    """

    def __init__(self):
        self.start()

    def start(self):
        self.longest = self.busy = 0.0
        self.last = time.perf_counter(), time.thread_time()

    def tick(self):
        now = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, now[0] - self.last[0])
        self.busy = max(self.busy, now[1] - self.last[1])
        self.last = now

    def told(self):
        return {"wall": self.longest, "busy": self.busy}


clock = Clock()
facts = {}


def tell(**values):
    """Keep facts for the test."""
    facts.update(values)
    (OUT / "facts.json").write_text(json.dumps(facts, default=str, indent=1))


def idle_share(seconds=1.5):
    """Generator: the share of all processors' time that nobody uses, 0 to 1."""
    before = processors()
    yield seconds
    spent = [b - a for a, b in zip(before, processors(), strict=True)]
    return (spent[3] + spent[4]) / sum(spent)


def processors():
    return [int(number) for number in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]


def window():
    return bpy.context.window_manager.windows[0]


def area(kind="VIEW_3D"):
    return next(a for w in bpy.context.window_manager.windows
                for a in w.screen.areas if a.type == kind)  # fmt: skip


def region(kind="UI", of="VIEW_3D"):
    return next(r for r in area(of).regions if r.type == kind)


def override(kind="WINDOW", of="VIEW_3D"):
    found = area(of)
    return bpy.context.temp_override(window=window(), area=found, region=region(kind, of))


def redraw():
    for one in window().screen.areas:
        one.tag_redraw()


# --- the mouse --------------------------------------------------------------------------


def event(kind, value, x, y, **more):
    window().event_simulate(type=kind, value=value, x=int(x), y=int(y), **more)


def move(x, y):
    event("MOUSEMOVE", "NOTHING", x, y)


def click(x, y):
    """Generator: press and release the left button at (x, y)."""
    move(x, y)
    yield 0.05
    event("LEFTMOUSE", "PRESS", x, y)
    yield 0.05
    event("LEFTMOUSE", "RELEASE", x, y)
    yield 0.05


def drag(start, end, steps=12, pause=0.03):
    """Generator: hold the left button from START to END."""
    move(*start)
    yield 0.05
    event("LEFTMOUSE", "PRESS", *start)
    yield 0.05
    for i in range(1, steps + 1):
        share = i / steps
        move(*(a + (b - a) * share for a, b in zip(start, end, strict=True)))
        yield pause
    event("LEFTMOUSE", "RELEASE", *end)
    yield 0.1


def away():
    """Generator: put the mouse where it touches nothing."""
    middle = region("WINDOW")
    move(middle.x + 200, middle.y + 300)
    yield 0.2


# --- seeing -----------------------------------------------------------------------------


def under_mouse(place):
    """The operator ("gestures.generate") or data path of the button under the mouse; ""."""
    manager = bpy.context.window_manager
    for copy, more in COPIES:
        manager.clipboard = ""
        with bpy.context.temp_override(**place):
            try:
                copy(**more)
            except RuntimeError:
                continue
        if text := manager.clipboard:
            return text.removeprefix("bpy.ops.").partition("(")[0]
    return ""


def look_for(what, across, kind, of, seen):
    """Generator: where the visible button WHAT is, or None; ACROSS 0 left .. 1 right."""
    where = region(kind, of)
    place = {"window": window(), "area": area(of), "region": where}
    x = where.x + where.width * across
    for y in range(where.y + where.height - 4, where.y + 4, -ROW):
        move(x, y)
        yield 0.02
        found = under_mouse(place)
        seen.add(found)
        if found.endswith(what):
            return x, y - ROW // 2
    return None


def find(what, across=0.7, kind="UI", of="VIEW_3D"):
    """Generator: where the button WHAT is, scrolling down from the region's top if it must."""
    seen, where = set(), region(kind, of)
    wheel = where.x + where.width // 2, where.y + where.height - TOP  # below, the view would turn
    for _ in range(PAGES * 10 if kind == "UI" else 0):
        event("WHEELUPMOUSE", "PRESS", *wheel)
        yield 0.0
    for _ in range(PAGES):
        place = yield from look_for(what, across, kind, of, seen)
        if place:
            return place
        for _ in range(10):
            event("WHEELDOWNMOUSE", "PRESS", *wheel)
            yield 0.03
    raise AssertionError(f"no button {what}: {sorted(seen)}")


def press(what, across=0.7, kind="UI", of="VIEW_3D"):
    """Generator: find the button WHAT and click it."""
    place = yield from find(what, across, kind, of)
    yield from click(*place)
    return place


def open_tab(name):
    """Generator: click down the sidebar's row of tabs until NAME is in front; where that was."""
    side = region()
    x = side.x + side.width - 8
    for y in range(side.y + side.height - 20, side.y + 20, -16):
        yield from click(x, y)
        if side.active_panel_category == name:
            return x, y
    raise AssertionError(f"no tab {name}: {side.active_panel_category}")


def shot(name, crop=""):
    """Generator: keep the screen as NAME.png; CROP as ImageMagick writes it."""
    more = ["-crop", crop, "+repage"] if crop else []
    process = subprocess.Popen(["import", "-window", "root", *more, str(OUT / f"{name}.png")])
    yield lambda: process.poll() is not None
    clock.start()


def empty():
    """The packaged add-on installed, nothing in the scene."""
    bpy.context.preferences.view.show_splash = False
    bpy.ops.extensions.package_install_files(
        filepath=os.environ["WINDOW_ZIP"], repo="user_default", enable_on_install=True
    )
    for one in list(bpy.data.objects):
        bpy.data.objects.remove(one)


def open_only(*names):
    """Let the tab's panels be closed when they are first drawn, except those called NAMES."""
    children = [cls for cls in addon().panels.CLASSES if getattr(cls, "bl_parent_id", "")]
    for cls in reversed(children):
        bpy.utils.unregister_class(cls)
    for cls in children:
        cls.bl_options = set() if cls.__name__ in names else {"DEFAULT_CLOSED"}
        bpy.utils.register_class(cls)


def stage():
    """The packaged add-on installed, a character in front of the camera, the sidebar open."""
    empty()
    bpy.context.preferences.system.use_region_overlap = False
    with override():
        armature = rig_library.rocketbox()
        bpy.context.view_layer.objects.active = armature
        armature.select_set(True)
        view = area().spaces[0]
        view.show_region_ui = True
        view.overlay.show_bones = False
        view.shading.color_type = "SINGLE"
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()
    return armature


# --- running a scenario -----------------------------------------------------------------


def play(scenario):
    """Run the generator function SCENARIO from Blender's timers, then leave."""
    steps, until = scenario(), [time.time() + 1.0, None]

    def tick():
        clock.tick()
        try:
            if not waited(until):
                return TICK
            step = next(steps)
            ready = step if callable(step) else None
            until[:] = time.time() + (PATIENCE if ready else step), ready
        except StopIteration:
            leave(ok=True)
        except BaseException:  # noqa: BLE001  told to the test, whatever it is
            subprocess.run(["import", "-window", "root", str(OUT / "failed.png")], check=False)
            leave(ok=False, error=traceback.format_exc())
        return TICK

    bpy.app.timers.register(tick, first_interval=1.0, persistent=True)


def waited(until):
    deadline, ready = until
    if ready is None:
        return time.time() >= deadline
    if time.time() > deadline:
        raise AssertionError("waited in vain")
    return ready()


def leave(**outcome):
    tell(**outcome)
    if MODULE in sys.modules:
        bpy.ops.preferences.addon_disable(module=MODULE)
    os._exit(0)
