# SPDX-License-Identifier: GPL-3.0-or-later
"""A video file → its sound, its shots and its frames, by ffmpeg and PySceneDetect."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError
from ha2g_engine.files import replacing
from ha2g_engine.speech.sizes import SAMPLE_RATE

Pixels = NDArray[np.uint8]
Shot = tuple[float, float]  # s, its begin and end

SUFFIXES: Final = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg")
LARGEST: Final = 960  # pixels of the longer side; the finder needs no more
PATIENCE: Final = 1800.0  # s, for the sound of an hour
UNREADABLE: Final = "'{}' cannot be read to its end: convert it to mp4 (H.264) again."
DAMAGE: Final = (  # what broken videos raise in ffmpeg's and OpenCV's hands
    OSError, ValueError, RuntimeError, LookupError, TypeError, ArithmeticError, AssertionError,
    MemoryError, AttributeError, subprocess.SubprocessError,
)  # fmt: skip


def write_sound(video: Path, out: Path) -> None:
    """The sound of VIDEO as a wav file, mono at SAMPLE_RATE, from the first frame on.

    Raises InputError for a video without sound, or none at all.
    """
    known = "aresample=async=1:first_pts=0"
    asked = ["-vn", "-af", known, "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "wav"]
    with replacing(out) as part:
        command = [_ffmpeg(), "-nostdin", "-v", "error", "-y", "-i", str(video), *asked, str(part)]
        run = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        if run.returncode or not part.is_file():
            raise InputError(f"'{video}' has no sound that can be read: export the video again.")


def shots(video: Path) -> list[Shot]:
    """Where the picture cuts, as PySceneDetect's adaptive detector sees it; all is one without.

    Raises InputError, or one of DAMAGE, for what is no video.
    """
    detect, opencv = _library("scenedetect"), _library("cv2")
    try:
        found = detect.detect(str(video), detect.AdaptiveDetector(), start_in_scene=True)
    except (detect.VideoOpenFailure, opencv.error) as error:
        raise InputError(UNREADABLE.format(video)) from error
    return [(first.seconds, last.seconds) for first, last in found]


def frames(video: Path, shot: Shot) -> Iterator[Pixels]:
    """The (height, width, 3) RGB frames of SHOT at FPS, upright, LARGEST pixels at most.

    Raises one of DAMAGE where the file breaks off.
    """
    first, last = shot
    box = f"'min({LARGEST},iw)':'min({LARGEST},ih)'"
    fitting = "force_original_aspect_ratio=decrease:force_divisible_by=2"
    filters = f"fps={FPS},scale={box}:{fitting}"
    reader = _library("imageio_ffmpeg").read_frames(
        str(video),
        input_params=["-nostdin", "-ss", f"{first:.3f}"],
        output_params=["-t", f"{last - first:.3f}", "-vf", filters],
    )
    width, height = next(reader)["size"]
    for frame in reader:
        yield np.frombuffer(frame, np.uint8).reshape(height, width, 3)


def _ffmpeg() -> str:
    return str(_library("imageio_ffmpeg").get_ffmpeg_exe())


def _library(name: str) -> Any:
    """Raises InputError without it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f"Videos need the package {name}, which is not here: pip install 'ha2g-engine[videos]'."
        ) from error
