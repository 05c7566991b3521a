# SPDX-License-Identifier: GPL-3.0-or-later
"""What a data set holds, in words and in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ha2g_engine.body.skeleton import FPS, Skeleton, skeleton, unit
from ha2g_engine.body.stick_figure import INK, PAPER, draw_frame
from ha2g_engine.files import replacing
from ha2g_engine.metrics import bone_angles

from .splits import SHARES
from .statistics import Statistics, measure
from .store import Store

FIGURES: Final = 8  # the mean pose and seven moments
FIGURE_SIZE: Final = (320, 240)  # pixels
FIGURE_CROP: Final = (60, 30, 580, 420)  # of a drawn frame
PLOT_SIZE: Final = (320, 170)
PLOTS: Final = 12  # angles, those farthest from the table first
LEGEND: Final = "Bars: this data. Line and band: mean ± standard deviation of the published data."
LEGEND_HEIGHT: Final = 30
BINS: Final = 60  # of angle / π from 0 to 1
GREY: Final = (150, 148, 142)
SPEAKERS_LISTED: Final = 10
ANGLES_LISTED: Final = 6


@dataclass(frozen=True)
class Inspection:
    """lines: for the terminal. picture: for the eye."""

    lines: list[str]
    picture: Image.Image


def inspect(folder: str | Path, seed: int = 0) -> Inspection:
    """Counts, minutes, speakers, words and angles of a data set; seed picks the moments drawn.

    Raises InputError when it is not one, or is damaged.
    """
    data = Store(folder)
    table, measured = skeleton(data.skeleton), measure(data)
    lines = [*_counts(data), *_speakers(data), *_words(data), *_angles(measured, table)]
    return Inspection(lines, _picture(data, measured, table, seed))


def _counts(data: Store) -> list[str]:
    lines = [f"{data.folder}: {data.skeleton}, {len(data.clips)} clips, {_minutes(data):.1f} min"]
    for split in SHARES:
        clips = [clip for clip in data.clips if clip.split == split]
        people = len({clip.speaker for clip in clips})
        minutes = sum(c.motion[1] - c.motion[0] for c in clips) / FPS / 60
        lines.append(f"  {split:5} {len(clips):6} clips {minutes:8.1f} min {people:5} speakers")
    sound = "wave and mel" if data.wave is not None else "mel only"
    lines.append(f"  {data.cut}")
    return [*lines, f"  sound: {sound}; reference frames: {len(data.portraits)}"]


def _minutes(data: Store) -> float:
    return sum(clip.motion[1] - clip.motion[0] for clip in data.clips) / FPS / 60


def _speakers(data: Store) -> list[str]:
    frames = np.zeros(len(data.speakers))
    for clip in data.clips:
        frames[clip.speaker] += clip.motion[1] - clip.motion[0]
    order = np.argsort(-frames)[:SPEAKERS_LISTED]
    lines = [f"  {data.speakers[i].name}: {frames[i] / FPS / 60:.1f} min" for i in order]
    more = len(data.speakers) - len(order)
    return [f"{len(data.speakers)} speakers", *lines, *([f"  and {more} more"] if more else [])]


def _words(data: Store) -> list[str]:
    transcribed = [clip for clip in data.clips if clip.words is not None]
    if not transcribed:
        return ["no transcripts"]
    words = [text.lower() for clip in transcribed for text, _, _ in clip.words or ()]
    minutes = sum(c.motion[1] - c.motion[0] for c in transcribed) / FPS / 60
    rate = len(words) / max(minutes, 1e-9)
    return [f"{len(words)} words, {len(set(words))} different, {rate:.0f} a minute"]


def distances(measured: Statistics, table: Skeleton) -> NDArray[np.float64]:
    """(angles,) how far the mean angle is from the table's, in the table's standard deviations."""
    gap = measured.angle_mean - table.angle_mean
    return np.asarray(gap / np.sqrt(table.angle_variance))


def angle_name(table: Skeleton, angle: int) -> str:
    """``left_elbow>left_wrist / left palm`` and the like."""
    names = [*table.bone_names, "left palm", "right palm"]
    first, second = table.angle_pairs[angle]
    return f"{names[first]} / {names[second]}"


def _angles(measured: Statistics, table: Skeleton) -> list[str]:
    away = distances(measured, table)
    spread = np.sqrt(measured.angle_variance / table.angle_variance)
    here, there = 180 * measured.maac, 180 * table.angle_speed.mean()
    lines = [
        f"angles against the published {table.name} data ({len(away)}):",
        f"  mean off by {np.abs(away).mean():.2f} sd, spread × {np.median(spread):.2f} (median)",
        f"  MAAC {here:.3f}° a frame, published {there:.3f}°",
    ]
    for i in np.argsort(-np.abs(away))[:ANGLES_LISTED]:
        here, there = 180 * measured.angle_mean[i], 180 * table.angle_mean[i]
        lines.append(
            f"  {angle_name(table, i)}: {here:.0f}°, published {there:.0f}° ({away[i]:+.1f} sd)"
        )
    return lines


def _picture(data: Store, measured: Statistics, table: Skeleton, seed: int) -> Image.Image:
    """Two rows of figures above histograms of angles."""
    figures = _figures(data, measured, table, seed)
    worst = np.argsort(-np.abs(distances(measured, table)))[:PLOTS]
    counts = _histograms(data, table)
    plots = [_plot(counts[i], measured, table, int(i)) for i in worst]
    tiles = figures + plots
    columns = 4
    rows = [tiles[i : i + columns] for i in range(0, len(tiles), columns)]
    size = (columns * FIGURE_SIZE[0], sum(row[0].height for row in rows) + LEGEND_HEIGHT)
    picture = Image.new("RGB", size, PAPER)
    top = 0
    for row in rows:
        for column, tile in enumerate(row):
            picture.paste(tile, (column * FIGURE_SIZE[0], top))
        top += row[0].height
    ImageDraw.Draw(picture).text((14, top + 6), LEGEND, fill=INK["middle"], font=_font())
    return picture


def _figures(data: Store, measured: Statistics, table: Skeleton, seed: int) -> list[Image.Image]:
    """The mean, and of some clips the moment farthest from it."""
    random = np.random.default_rng(seed)
    mean = unit(measured.mean_direction.astype(np.float32))
    tiles = [_captioned(draw_frame(mean, table), "mean direction")]
    for _ in range(FIGURES - 1):
        clip = data.clips[random.integers(len(data.clips))]
        motion = np.asarray(data.directions[slice(*clip.motion)], np.float32)
        frame = int(np.square(motion - mean).sum(axis=(1, 2)).argmax())
        label = f"{_short(clip.name)}  {frame / FPS:.1f} s"
        tiles.append(_captioned(draw_frame(motion[frame], table), label))
    return tiles


def _short(name: str, length: int = 34) -> str:
    return name if len(name) <= length else "…" + name[1 - length :]


def _captioned(figure: Image.Image, label: str) -> Image.Image:
    tile = figure.resize(FIGURE_SIZE, Image.Resampling.LANCZOS, FIGURE_CROP)
    ImageDraw.Draw(tile).text((8, 6), label, fill=INK["middle"], font=_font())
    return tile


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(12)


def _histograms(data: Store, table: Skeleton) -> NDArray[np.float64]:
    """(angles, BINS) shares of frames."""
    counts = np.zeros((len(table.angle_pairs), BINS))
    for clip in data.clips:
        angles = bone_angles(np.asarray(data.directions[slice(*clip.motion)], np.float64), table)
        bins = np.minimum((angles * BINS).astype(int), BINS - 1)
        for i in range(len(counts)):
            counts[i] += np.bincount(bins[:, i], minlength=BINS)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _plot(
    shares: NDArray[np.float64], measured: Statistics, table: Skeleton, angle: int
) -> Image.Image:
    """Bars: this data. Line and band: the published mean and standard deviation."""
    width, height = PLOT_SIZE
    tile = Image.new("RGB", PLOT_SIZE, PAPER)
    pen = ImageDraw.Draw(tile)
    left, right, top, floor = 14, width - 14, 46, height - 22

    def across(share_of_pi: float) -> float:
        return left + share_of_pi * (right - left)

    mean, spread = table.angle_mean[angle], np.sqrt(table.angle_variance[angle])
    pen.rectangle((across(mean - spread), top, across(mean + spread), floor), fill=(226, 224, 216))
    for i, share in enumerate(shares / shares.max()):
        bar = (across(i / BINS), floor - share * (floor - top), across((i + 1) / BINS) - 1, floor)
        if share:
            pen.rectangle(bar, fill=INK["left"])
    pen.line((across(mean), top, across(mean), floor), fill=INK["right"], width=2)
    pen.line((left, floor, right, floor), fill=GREY)
    for part, label in ((0.0, "0°"), (0.5, "90°"), (1.0, "180°")):
        pen.text((across(part), height - 18), label, fill=GREY, font=_font(), anchor="ma")
    first, second = angle_name(table, angle).split(" / ")
    pen.text((left, 4), f"{first} to", fill=INK["middle"], font=_font())
    off = distances(measured, table)[angle]
    pen.text((left, 20), f"{second}  ({off:+.1f} sd)", fill=INK["middle"], font=_font())
    return tile


def save(picture: Image.Image, path: Path) -> None:
    """PNG, put in place when it is whole."""
    with replacing(path) as part:
        picture.save(part, "PNG")
