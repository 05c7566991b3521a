# SPDX-License-Identifier: GPL-3.0-or-later
"""Directions → a stick-figure video with the speech, to see a take without Blender."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ha2g_engine.errors import Ha2gError
from ha2g_engine.files import replacing

from .skeleton import FPS, Skeleton, joint_positions

Array = NDArray[np.float32]

SIZE: Final = (640, 480)  # pixels
PIXELS_PER_METRE: Final = 260.0
NECK_PIXEL: Final = (320, 170)
PAPER: Final = (245, 244, 240)
INK: Final = {"left": (28, 92, 150), "right": (176, 66, 40), "middle": (52, 52, 52)}


def draw_frame(directions: Array, skeleton: Skeleton) -> Image.Image:
    """One frame (bones, 3), seen from the front: the subject's left is on the right."""
    points = joint_positions(directions[None], skeleton)[0]
    index = {name: i for i, name in enumerate(skeleton.joints)}
    left = skeleton.neutral[skeleton.bone_names.index("neck>left_shoulder"), 0]
    front = np.array([np.sign(left), 1.0]) * PIXELS_PER_METRE  # the Gesture skeleton faces +z
    pixels = (points - points[index["neck"]])[:, :2] * front + NECK_PIXEL
    picture = Image.new("RGB", (SIZE[0] * 2, SIZE[1] * 2), PAPER)
    pen = ImageDraw.Draw(picture)
    for parent, child in skeleton.bones:
        line = [tuple(2 * pixels[index[name]]) for name in (parent, child)]
        pen.line(line, fill=INK[_side(child)], width=4 if child[-1].isdigit() else 10)
    return picture.reduce(2)


def _side(joint: str) -> str:
    side = joint.split("_")[0]
    return side if side in INK else "middle"


def write_video(
    path: str | Path, directions: Array, skeleton: Skeleton, speech: str | Path | None
) -> None:
    """(T, bones, 3) → an H.264 mp4 at 15 fps, the speech as sound; renamed into place.

    Raises Ha2gError when imageio-ffmpeg, which brings the encoder, is not installed.
    """
    _encode(path, (draw_frame(frame, skeleton) for frame in directions), speech)


def write_comparison(
    path: str | Path,
    motions: Mapping[str, Array],
    skeleton: Skeleton,
    speech: str | Path | None,
) -> None:
    """As ``write_video``, with several motions (T, bones, 3) side by side under their names."""
    rows = zip(*motions.values(), strict=True)
    _encode(path, (_side_by_side(list(motions), frames, skeleton) for frames in rows), speech)


def _side_by_side(names: Sequence[str], frames: Sequence[Array], skeleton: Skeleton) -> Image.Image:
    picture = Image.new("RGB", (SIZE[0] * len(names), SIZE[1]), PAPER)
    for i, (name, frame) in enumerate(zip(names, frames, strict=True)):
        figure = draw_frame(frame, skeleton)
        ImageDraw.Draw(figure).text(
            (16, 12), name, fill=INK["middle"], font=ImageFont.load_default(20)
        )
        picture.paste(figure, (i * SIZE[0], 0))
    return picture


def _encode(path: str | Path, pictures: Iterator[Image.Image], speech: str | Path | None) -> None:
    with replacing(path) as part:
        writer = None
        for picture in pictures:
            if writer is None:
                writer = _writer(part, picture.size, speech)
                writer.send(None)
            writer.send(np.asarray(picture).tobytes())
        if writer is not None:
            writer.close()


def _writer(path: Path, size: tuple[int, int], speech: str | Path | None) -> Any:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise Ha2gError(
            "A video needs the package imageio-ffmpeg: install it and repeat."
        ) from error
    sound = {"audio_path": str(speech), "audio_codec": "aac"} if speech else {}
    return imageio_ffmpeg.write_frames(
        str(path), size, fps=FPS, macro_block_size=16, ffmpeg_log_level="error", **sound
    )
