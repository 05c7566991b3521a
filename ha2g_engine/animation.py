# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech → an animated character file, through Blender in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from .errors import Ha2gError, InputError
from .files import SPEECH_FILES, SPEECH_SUFFIXES, by_stem
from .speech.phrases import phrases
from .synthesis import answer
from .synthesis.settings import Settings, speaker_seed
from .synthesis.synthesizer import Synthesizer
from .synthesis.windows import Progress

HOME: Final = Path(__file__).resolve().parents[1]  # the repository, or the installed add-on
ADDON: Final = HOME / "blender_addon" if (HOME / "blender_addon").is_dir() else HOME
TIMEOUT: Final = 1800  # seconds for one character file
PREDICTION: Final = 0.5  # share of the progress bar


@dataclass(frozen=True)
class Options:
    """rig: character file. out: file, or folder for a batch. frames: "FIRST:LAST".

    blender: a Python that has bpy; None for this one. mode: talk, listen, or idle for as long
    as the speech. preset: what an FBX file is made for, generic, unity or unreal. limits: of
    joints, off, warn or enforce. arms_to_fk: key IK/FK switches that stand on IK to FK.
    speaker: one whom the checkpoint was trained on. keys: how many the take has, every frame's,
    reduced to within tolerance (degrees), or twos.
    """

    rig: Path
    out: Path
    checkpoint: Path | None = None
    bone_map: Path | None = None
    fps: float | None = None
    frames: str | None = None
    blender: str | None = None
    mode: str = "talk"
    preset: str = "generic"
    limits: str = "enforce"
    arms_to_fk: bool = False
    speaker: str | None = None
    keys: str = "every"
    tolerance: float = 1.0


@dataclass
class Report:
    """written: files made. remarks: what Blender's half said about them.

    failures: a sentence for each speech of a batch that failed.
    """

    written: list[Path] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def animate(speech: Path, settings: Settings, options: Options, progress: Progress) -> Report:
    """Animate ``options.rig`` with one speech file, or with each file of a folder.

    In a batch a bad file costs one sentence and the others go on. Raises InputError for a
    single bad file, for a folder without speech, and for a rig that is not there.
    """
    if not options.rig.is_file():
        raise InputError(
            f"'{options.rig}' is not there: choose a character file, such as .blend, .fbx or .glb."
        )
    jobs = [(speech, options.out)]
    if speech.is_dir():
        files = by_stem(speech, SPEECH_SUFFIXES, SPEECH_FILES)
        jobs = [(file, options.out / f"{stem}.fbx") for stem, file in files.items()]
    model = options.checkpoint
    synthesizer = Synthesizer(model.resolve() if model else None)  # the take tells which
    if options.speaker is not None:
        number = speaker_seed(synthesizer.notes, options.speaker)
        settings = replace(settings, identity_seed=number)
    report = Report()
    for number, (file, target) in enumerate(jobs):

        def part(fraction: float, message: str, number: int = number) -> None:
            progress((number + fraction) / len(jobs), message)

        try:
            report.remarks += _animate_one(synthesizer, file, target, settings, options, part)
            report.written.append(target)
        except Ha2gError as error:
            if not speech.is_dir():
                raise
            report.failures.append(str(error))
    return report


def _animate_one(
    synthesizer: Synthesizer,
    speech: Path,
    target: Path,
    settings: Settings,
    options: Options,
    progress: Progress,
) -> list[str]:
    """Make TARGET; what is to be said about it."""
    with tempfile.TemporaryDirectory() as folder:
        motion = Path(folder) / "motion.npz"
        remark = ""
        if options.mode == "talk":
            told = partial(_part, progress)
            remark = answer.on_words(synthesizer, settings)
            take = synthesizer.generate(speech, settings, told)
            answer.save(motion, take, speech, settings, synthesizer)
            sound = answer.on_sound(speech, settings, synthesizer)
            remark = " ".join(filter(None, (remark, sound)))
        else:
            found, seconds = phrases(speech, settings.channel, settings.voice_only is not False)
            np.savez(motion, phrases=found, seconds=seconds)
        progress(PREDICTION, "Animating the character")
        command = _command(motion, speech, target, options)
        command += ["--mode", options.mode, "--seed", str(settings.seed)]
        command += ["--home", settings.home] if settings.home else []
        command += ["--keys", options.keys, "--tolerance", str(options.tolerance)]
        command += ["--limits", options.limits, *["--arms-to-fk"] * options.arms_to_fk]
        said = _run_blender(command, progress)
    progress(1.0, "Done")
    return [*filter(None, (remark,)), *said]


def _part(progress: Progress, fraction: float, message: str) -> None:
    progress(PREDICTION * fraction, message)


def _command(motion: Path, speech: Path, target: Path, options: Options) -> list[str]:
    command = [_python(options.blender), "-m", f"{ADDON.name}.headless.animate"]
    command += ["--motion", str(motion), "--speech", str(speech.resolve())]
    command += ["--rig", str(options.rig.resolve()), "--out", str(target.resolve())]
    if target.suffix.lower() == ".fbx":
        command += ["--preset", options.preset]
    more = {"--map": options.bone_map, "--fps": options.fps, "--range": options.frames}
    for flag, value in more.items():
        if value is not None:
            command += [flag, str(value.resolve() if isinstance(value, Path) else value)]
    return command


def _python(given: str | None) -> str:
    """The Python GIVEN, or this one, such that it is found from another folder."""
    found = shutil.which(given or sys.executable)
    return str(Path(found).absolute()) if found else str(given)


def _run_blender(command: list[str], progress: Progress) -> list[str]:
    """Run headless Blender; what it said. The one sentence of a failure becomes ours."""
    try:
        process = subprocess.Popen(
            command,
            cwd=ADDON.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise InputError(f"'{command[0]}' cannot be started: name a Python with bpy.") from error
    late = threading.Timer(TIMEOUT, process.kill)
    late.start()
    try:
        lines = _heard(process, progress)
    finally:
        timely = late.is_alive()
        late.cancel()
    if not timely:
        raise Ha2gError("Blender took over half an hour and was stopped.")
    if process.returncode:
        last = lines[-1] if lines else "Blender stopped without a word."
        raise (InputError if process.returncode == 2 else Ha2gError)(last)
    return lines


def _heard(process: subprocess.Popen[str], progress: Progress) -> list[str]:
    """The lines that PROCESS says until it ends, each told as it comes."""
    lines: list[str] = []
    with process:
        assert process.stderr is not None  # it is a pipe
        for line in filter(None, map(str.strip, process.stderr)):
            lines.append(line)
            progress(1.0 - PREDICTION / (len(lines) + 1), "Animating the character")
    return lines
