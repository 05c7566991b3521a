# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m blender_addon.headless.animate`: a motion on a rig, written to files.

Exit status 0, or 2 for input that cannot be used, or 1 for a failure; one sentence on stderr.
Works with the bpy wheel's Python; inside Blender, in_blender.py calls the same main().
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import GestureError
from ..files import replacing, why
from .arguments import Job, parse
from .console import Console, run_quietly

if TYPE_CHECKING:
    from . import film
    from .perform import Take


def main(argv: Sequence[str]) -> int:
    """Do what ARGV asks for and return the exit status."""
    try:
        job = parse(argv)
    except GestureError as error:
        print(error, file=sys.stderr)
        return 2
    return run_quietly(partial(run, job), f"Animating '{job.rig.name}'")


def run(job: Job, console: Console) -> None:
    """Key the rig, then write every file that was asked for.

    An imported rig gets light and a camera before the .blend is saved; a .blend of the user's
    gets the take, its speech and the frames that it plays on, and is otherwise saved as it was.
    Raises GestureError.
    """
    from . import perform

    with perform.registered():
        _run(job, console)


def _run(job: Job, console: Console) -> None:
    from ..rig import status
    from . import perform, rig_file

    armature = rig_file.load(job.rig, job.armature, console.progress)
    take = perform.perform(job, armature)
    console.progress(_summary(take))
    found = status.status(armature)
    for remark in (*found.remarks, *filter(None, (found.held,))):
        console.progress(remark)
    if unmoved := perform.on_ik(take):
        console.progress(unmoved)
    if job.speech and (silent := perform.add_speech(job.speech)):
        console.progress(silent)
    own_scene = job.rig.suffix.lower() != ".blend"
    shown = _stage(take, job) if own_scene else None
    for path in job.outs:
        if lacking := _timed(console, path, partial(_write, take, job)):
            console.progress(lacking)
    if job.video or job.preview:
        _pictures(shown or _stage(take, job), job, console)


def _summary(take: Take) -> str:
    first, last = take.frames
    return (
        f"{take.armature.name}: {take.bone_map.family}, {len(take.calibration.bones)} bones, "
        f"frames {first} to {last} at {take.fps:g} fps, {100 * take.limited:.1f}% of joint angles "
        f"at their limits, hands kept out of the body in {take.touches} poses"
    )


def _stage(take: Take, job: Job) -> film.Set:
    from . import film

    shown = film.prepare(take)
    film.frame_front(shown, job.size)
    return shown


def _write(take: Take, job: Job, path: Path) -> str:
    """Write PATH; what it lacks, in a sentence, or ""."""
    if path.suffix.lower() == ".blend":
        _save_blend(path)
        return ""
    from ..export.writers import export

    return export(
        take.armature,
        path,
        first=take.frames[0],
        last=take.frames[1],
        meshes=job.meshes,
        deform_only=job.deform_only,
        rate=job.rate,
        preset=job.preset,
    )


def _save_blend(path: Path) -> None:
    import bpy

    try:
        with replacing(path) as part:
            bpy.ops.wm.save_as_mainfile(filepath=str(part), copy=True, compress=True)
    except (RuntimeError, OSError) as error:
        raise GestureError(f"Blender could not save '{path}': {why(error)}.") from error


def _pictures(shown: film.Set, job: Job, console: Console) -> None:
    from . import film

    film.only_the_character(shown)
    if job.preview:
        _timed(console, job.preview, partial(film.contact_sheet, shown))
    if job.video:
        shoot = partial(film.shoot, shown, size=job.size, progress=console.progress)
        _timed(console, job.video, shoot)


def _timed(console: Console, path: Path, write: Callable[[Path], str | None]) -> str | None:
    start = time.monotonic()
    answer = write(path)
    console.result(f"wrote {path} in {time.monotonic() - start:.1f} s")
    return answer


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the bpy wheel does not always end by itself
