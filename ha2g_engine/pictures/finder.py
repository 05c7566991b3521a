# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels → landmarks, by MediaPipe: the body in the picture, each hand in a crop of its own.

A hand is small in a picture of a person; in a crop around where the body has it it is found.
MediaPipe is a part of the engine that may be missing; it is loaded with the first finder.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import log
from ha2g_engine.errors import InputError

from .landmarks import (
    BODY_POINTS,
    ELBOWS,
    HAND_POINTS,
    INDICES,
    NOSE,
    PINKIES,
    SHOULDERS,
    WRISTS,
    Landmarks,
)
from .opening import Pixels

Array = NDArray[np.float32]

LOG: Final = logging.getLogger(f"{log.NAME}.pictures")
MODELS: Final = Path(__file__).parent
MISSING: Final = (
    "Looking for people in pictures needs the part Pictures, which is not set up: tick it in the "
    "add-on's preferences, or install the Python package mediapipe."
)
UNUSABLE: Final = "MediaPipe, which looks for people in pictures, does not start here: {}."
MOST_PEOPLE: Final = 4  # that are told apart
SIDES: Final = ("Left", "Right")  # the subject's
HAND_SIZE: Final = 0.6  # m, of the square around a hand that is looked at
LEAST_CROP: Final = 24  # pixels of it, below which there is nothing to find
CROP: Final = 512  # pixels that a smaller one is enlarged to
HAND_LIKELY: Final = 0.3  # of a wrist from which on its hand is looked for
LONG, LONGEST = 1.25, 6.0  # times as long as high: pictures that are also looked at in squares
NEAR: Final = 0.25  # of the crop: how far a hand's wrist may be from the body's


@cache
def is_set_up() -> bool:
    """Whether MediaPipe is there and starts; why it does not is for the log."""
    if find_spec("mediapipe") is None:
        return False
    try:
        import_module("mediapipe.tasks.python.vision")
    except (ImportError, OSError) as error:
        LOG.warning(UNUSABLE.format(error))
        return False
    return True


class Finder:
    """Finds people in pictures, or in a film's frames. Raises InputError without MediaPipe.

    film: frames of one film follow each other, so that a person is followed from one to the next.
    """

    def __init__(self, film: bool = False) -> None:
        try:
            import mediapipe
            from mediapipe.tasks.python import BaseOptions, vision
        except ModuleNotFoundError as error:
            raise InputError(MISSING) from error
        except (ImportError, OSError) as error:
            raise InputError(UNUSABLE.format(error)) from error
        self._mediapipe, self._film = mediapipe, film
        mode = vision.RunningMode
        body = vision.PoseLandmarkerOptions(
            base_options=_model(BaseOptions, "pose"),
            running_mode=mode.VIDEO if film else mode.IMAGE,
            num_poses=MOST_PEOPLE,
        )
        hand = vision.HandLandmarkerOptions(base_options=_model(BaseOptions, "hand"), num_hands=2)
        with _quiet():
            self._body = vision.PoseLandmarker.create_from_options(body)
            self._hand = vision.HandLandmarker.create_from_options(hand)

    def __enter__(self) -> Finder:
        return self

    def __exit__(self, *_: object) -> None:
        with _quiet():
            self._body.close()
            self._hand.close()

    def find(self, pixels: Pixels, milliseconds: int = 0) -> Landmarks | None:
        """The largest person in (height, width, 3) RGB; None where there is nobody.

        milliseconds: of a film, since it began; they only grow.
        """
        with _quiet():
            whole = self._find(pixels, milliseconds)
            return self._closer(pixels) if whole is None and not self._film else whole

    def _closer(self, pixels: Pixels) -> Landmarks | None:
        """The largest person in squares of a long picture, in which people are small."""
        corners = _squares(pixels.shape[:2])
        side = min(pixels.shape[:2])
        found = [
            one.within(np.array((x, y), np.float32), np.array(pixels.shape[1::-1], np.float32))
            for x, y in corners
            if (one := self._find(pixels[y : y + side, x : x + side], 0)) is not None
        ]
        faces = [one for one in found if one.sees(NOSE)]  # towers may look like arms, too
        return max(faces, key=lambda one: _extent(one.points), default=None)

    def _find(self, pixels: Pixels, milliseconds: int) -> Landmarks | None:
        picture = self._picture(pixels)
        if self._film:
            found = self._body.detect_for_video(picture, milliseconds)
        else:
            found = self._body.detect(picture)
        if not found.pose_landmarks:
            return None
        size = np.array(pixels.shape[1::-1], np.float32)
        people = [_points(one) * size for one in found.pose_landmarks]
        chosen = int(np.argmax([_extent(points) for points in people]))
        return self._with_hands(
            pixels,
            people[chosen],
            _likelihood(found.pose_landmarks[chosen]),
            _places(found.pose_world_landmarks[chosen]),
            len(people),
        )

    def _picture(self, pixels: Pixels) -> Any:
        return self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(pixels)
        )

    def _with_hands(
        self, pixels: Pixels, points: Array, seen: Array, body: Array, people: int
    ) -> Landmarks:
        hands = np.zeros((2, HAND_POINTS, 3), np.float32)
        hand_points, hands_seen = np.zeros((2, HAND_POINTS, 2), np.float32), np.zeros(2, np.float32)
        for side in (0, 1):
            crop = _crop(pixels, points, seen, body, side)
            found = self._hand_in(crop, side) if crop else None
            if found:
                hands[side], hand_points[side], hands_seen[side] = found
        size = np.array(pixels.shape[1::-1], np.float32)
        return Landmarks(size, body, points, seen, hands, hand_points, hands_seen, people)

    def _hand_in(
        self, crop: tuple[Pixels, Array, float, Array], side: int
    ) -> tuple[Array, Array, float] | None:
        """Its places, its pixels and how likely: the nearest to the body's wrist; None for none."""
        pixels, corner, scale, wrist = crop
        found = self._hand.detect(self._picture(pixels))
        best, least = None, NEAR * len(pixels)
        for points, places, named in zip(
            found.hand_landmarks, found.hand_world_landmarks, found.handedness, strict=True
        ):
            here = _points(points) * np.array(pixels.shape[1::-1], np.float32)
            far = float(np.linalg.norm(here[0] - wrist))
            right_side = named[0].category_name == SIDES[side]
            if far < least and right_side:
                best = _places(places), here / scale + corner, float(named[0].score)
                least = far
        return best


def follow(frames: Iterable[Pixels], fps: float) -> Iterator[Landmarks | None]:
    """The largest person in each frame, (height, width, 3) RGB, of a film of FPS frames a second.

    Raises InputError without MediaPipe.
    """
    with Finder(film=True) as finder:
        for number, frame in enumerate(frames):
            yield finder.find(frame, round(1000 * number / fps))


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing on stderr: MediaPipe's libraries write dozens of lines there, whatever they are told.

    What goes wrong comes as an exception.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _model(options: Any, name: str) -> Any:
    return options(model_asset_buffer=(MODELS / f"{name}.task").read_bytes())


def _points(landmarks: Any) -> Array:
    """(N, 2) shares of width and height."""
    return np.array([(one.x, one.y) for one in landmarks], np.float32)


def _places(landmarks: Any) -> Array:
    return np.array([(one.x, one.y, one.z) for one in landmarks], np.float32)


def _likelihood(landmarks: Any) -> Array:
    found = [min(one.visibility or 0, one.presence or 0) for one in landmarks]
    return np.array(found, np.float32).reshape(BODY_POINTS)


def _squares(size: tuple[int, ...]) -> list[tuple[int, int]]:
    """Corners (x, y) of squares that cover a picture of SIZE (height, width); () of a short one."""
    height, width = size
    long, side = max(size), min(size)
    if long < LONG * side or long > LONGEST * side:
        return []
    places = np.linspace(0, long - side, int(np.ceil(2 * long / side)) - 1).astype(int).tolist()
    return [(place, 0) if width > height else (0, place) for place in places]


def _extent(points: Array) -> float:
    """How large somebody is: of the trunk and head, which do not depend on what arms do."""
    trunk = points[[0, *SHOULDERS, 23, 24]]
    return float(np.linalg.norm(np.ptp(trunk, axis=0)))


def _crop(
    pixels: Pixels, points: Array, seen: Array, body: Array, side: int
) -> tuple[Pixels, Array, float, Array] | None:
    """What is around a hand: its pixels, corner (2,), enlargement and the wrist in it; or None."""
    wrist, reach = WRISTS[side], [WRISTS[side], INDICES[side], PINKIES[side]]
    if seen[wrist] < HAND_LIKELY:
        return None
    side_length = HAND_SIZE * _pixels_per_metre(points, body)
    middle = points[reach].mean(axis=0)
    along = points[wrist] - points[ELBOWS[side]]
    ahead = along / max(float(np.linalg.norm(along)), 1.0) * side_length * 0.05
    low = np.round(middle + ahead - side_length / 2).astype(int)
    high = low + max(round(side_length), 1)
    inside = np.clip(low, 0, None), np.minimum(high, pixels.shape[1::-1])
    if (inside[1] - inside[0]).min() < LEAST_CROP:
        return None
    part = pixels[inside[0][1] : inside[1][1], inside[0][0] : inside[1][0]]
    scale = max(1.0, CROP / max(part.shape[:2]))
    corner = inside[0].astype(np.float32)
    return _enlarged(part, scale), corner, scale, (points[wrist] - corner) * scale


def _pixels_per_metre(points: Array, body: Array) -> float:
    """Of the person: over all pairs of points of trunk, head and arms, seen from the camera."""
    chosen = [0, *SHOULDERS, *ELBOWS, 23, 24]
    there, here = points[chosen], body[chosen, :2]
    spread = np.linalg.norm(here - here.mean(axis=0))
    return float(np.linalg.norm(there - there.mean(axis=0)) / max(float(spread), 1e-3))


def _enlarged(part: Pixels, scale: float) -> Pixels:
    from PIL import Image

    if scale == 1.0:
        return part
    size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
    return np.asarray(Image.fromarray(part).resize(size, Image.Resampling.BICUBIC))
