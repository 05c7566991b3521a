# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g generate`` and ``ha2g animate``: speech to motion, and to an animated character."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zipfile import BadZipFile

import typer

from ha2g_engine import paths
from ha2g_engine.errors import InputError

from .options import (
    AsJson,
    BlenderPython,
    Checkpoint,
    Energy,
    Fade,
    FromImage,
    HomePosture,
    IdentitySeed,
    OneChannel,
    Pictures,
    PlanFile,
    Rest,
    Seed,
    Split,
    StyleFile,
    Transcript,
    VoiceOnly,
    WordGestures,
    aside,
    progress_bar,
)

if TYPE_CHECKING:
    from ha2g_engine.animation import Report
    from ha2g_engine.synthesis.settings import Settings

DAMAGE: Final = (  # what files that are not what they are called raise
    OSError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, MemoryError,
    RuntimeError, AttributeError, BadZipFile, zlib.error,
)  # fmt: skip
NOBODYS: Final = (
    "--mode {} moves like nobody in particular: leave --image, --checkpoint, --transcript, "
    "--style, --plan, --identity-seed, --speaker, --energy, --no-rest and --no-fade out."
)
CLIPS: Final = 10  # of a data set, where nothing else is said
Speaker = Annotated[
    str | None, typer.Option(help="One whom the checkpoint was trained on, by name.")
]
FromDataset = Annotated[
    Path | None,
    typer.Option(help="A data set's folder instead of a speech: its clips, real beside made."),
]
Count = Annotated[
    int | None, typer.Option(help="Clips, with --from-dataset: 10 if left out.", min=1)
]
Apart = Annotated[
    bool, typer.Option("--apart", help="With --from-dataset: also real and generated films alone.")
]


BoneMap = Annotated[Path | None, typer.Option("--map", help="Bone map (.toml).")]
Rate = Annotated[float | None, typer.Option(help="Keys a second; the scene's if left out.")]
Frames = Annotated[str | None, typer.Option("--range", help="FIRST:LAST frames to write.")]


class Mode(StrEnum):
    """What a character does while the speech lasts."""

    talk = "talk"
    listen = "listen"
    idle = "idle"


WhatMode = Annotated[
    Mode, typer.Option(help="Talk; listen (nod where phrases end); idle as long as it lasts.")
]


class Limits(StrEnum):
    """What happens where a joint would bend further than a person's."""

    off = "off"
    warn = "warn"
    enforce = "enforce"


class Keys(StrEnum):
    """How many keys a take has."""

    every = "every"
    reduced = "reduced"
    twos = "twos"


HowManyKeys = Annotated[
    Keys, typer.Option(help="A key on every frame; reduced with handles; poses on twos.")
]
Tolerance = Annotated[
    float, typer.Option(help="Degrees a bone may be off for --keys reduced, 0.1 to 10.")
]


class Preset(StrEnum):
    """What an FBX file is made for."""

    generic = "generic"
    unity = "unity"
    unreal = "unreal"


def generate(
    out: Annotated[
        Path, typer.Option(help="Where the motion goes: .npz; a folder with --from-dataset.")
    ],
    speech: Annotated[
        Path | None, typer.Argument(help="Speech file: wav, flac, ogg or mp3.")
    ] = None,
    images: Pictures = None,
    from_image: FromImage = None,
    transcript: Transcript = None,
    checkpoint: Checkpoint = None,
    identity_seed: IdentitySeed = 0,
    speaker: Speaker = None,
    seed: Seed = 0,
    style: StyleFile = None,
    rest: Rest = None,
    energy: Energy = None,
    fade: Fade = None,
    plan: PlanFile = None,
    home: HomePosture = None,
    channel: OneChannel = None,
    voice_only: VoiceOnly = None,
    word_gestures: WordGestures = 1.0,
    video: Annotated[
        Path | None, typer.Option(help="A stick-figure video with sound (.mp4).")
    ] = None,
    from_dataset: FromDataset = None,
    count: Count = None,
    split: Annotated[
        Split | None, typer.Option(help="Their split, with --from-dataset: test if left out.")
    ] = None,
    apart: Apart = False,
    as_json: AsJson = False,
) -> None:
    """Predict gestures for a speech: directions (T, 42, 3) at 15 fps.

    A published checkpoint moves as published, cross-faded, without rest and energy, unless those
    are asked for. With --from-dataset: npz, wav and a video for COUNT clips, real motion beside
    generated.
    """
    if from_dataset:
        heard = (speech, channel, transcript, plan)
        brought = (*heard, images, style, video, identity_seed, speaker, home)
        shaped = any(one is not None for one in (rest, fade, energy, voice_only))
        _check_dataset(any(brought), shaped)
        wanted = (split or Split.test, count or CLIPS, seed)
        _from_dataset(from_dataset, checkpoint, out, *wanted, apart=apart)
        return
    if count or split or apart:
        raise InputError("--count, --split and --apart are for --from-dataset: leave them out.")
    if speech is None:
        raise InputError("There is nothing to speak: name a speech file, or --from-dataset FOLDER.")
    how = (transcript, rest, energy, fade, _read_plan(plan), home, None, word_gestures)
    known, taken = _pictures(images, from_image, out)
    settings = _settings(known, identity_seed, seed, style, *how, taken, channel, voice_only)
    _from_speech(speech, settings, checkpoint, out, video, speaker, as_json)


def _check_dataset(brought: bool, shaped: bool) -> None:
    """brought: what the data has already. shaped: anything but the network's own motion."""
    if brought:
        raise InputError(
            "--from-dataset brings speech, words and people: leave the speech, --image, "
            "--identity-seed, --speaker, --style, --transcript, --plan, --home, --channel and "
            "--video out."
        )
    if shaped:
        raise InputError(
            "--from-dataset shows the network's own motion: leave --rest, --no-rest, --fade, "
            "--no-fade, --energy, --voice-only and --any-sound out."
        )


def _from_speech(
    speech: Path,
    settings: Settings,
    checkpoint: Path | None,
    out: Path,
    video: Path | None,
    speaker: str | None,
    as_json: bool,
) -> None:
    from ha2g_engine.body.skeleton import FPS
    from ha2g_engine.body.stick_figure import write_video
    from ha2g_engine.synthesis import answer
    from ha2g_engine.synthesis.settings import speaker_seed
    from ha2g_engine.synthesis.synthesizer import Synthesizer

    with progress_bar() as progress:
        model = Synthesizer(checkpoint.resolve() if checkpoint else None)
        if speaker is not None:
            settings = replace(settings, identity_seed=speaker_seed(model.notes, speaker))
        if remark := answer.on_words(model, settings):
            aside(remark)
        take = model.generate(speech, settings, progress)
    answer.save(out, take, speech, settings, model)
    if video:
        write_video(video, take.directions, take.skeleton, speech)
    frames = len(take.directions)
    made = {"out": str(out), "video": str(video) if video else None, "frames": frames, "fps": FPS}
    typer.echo(json.dumps(made) if as_json else f"{out}: {frames} frames, {frames / FPS:.1f} s")


def _from_dataset(
    data: Path,
    checkpoint: Path | None,
    out: Path,
    split: Split,
    count: int,
    seed: int,
    *,
    apart: bool,
) -> None:
    from ha2g_engine.evaluation import samples

    made = samples.write(data, checkpoint, out, split.value, count, seed, aside, apart=apart)
    for path in made:
        typer.echo(path)


def _settings(
    images: list[Path], identity_seed: int, seed: int, style: Path | None, *how: Any
) -> Settings:
    """What a take is made from; how: the fields after the style, in their order."""
    from ha2g_engine.synthesis.settings import Settings

    return Settings(images, identity_seed, seed, _read_style(style), *how)


def _pictures(
    images: list[Path] | None, from_image: str | None, out: Path
) -> tuple[list[Path], tuple[str, ...] | None]:
    """The pictures, and what they are to give. Raises InputError for --from-image alone."""
    from ha2g_engine.pictures.stills import pictures_of
    from ha2g_engine.synthesis.settings import TAKEN

    if not images:
        if from_image is not None:
            raise InputError("--from-image says what a picture gives: name one with --image.")
        return [], None
    asked = TAKEN if from_image is None else from_image.replace(",", " ").split()
    return pictures_of(images, out), tuple(asked)


def _read_style(path: Path | None) -> Any:
    from ha2g_engine.synthesis import asking

    if path is None:
        return None
    try:
        content = json.loads(paths.text_of(path, "an existing style"))
        rows = content.get("style", content) if isinstance(content, dict) else content
        return asking.settings({"style": rows}).style
    except DAMAGE as error:
        raise InputError(
            f"'{path}' is no style: it must be JSON with 3 rows (low, mid, high) of numbers."
        ) from error


def _read_plan(path: Path | None) -> Any:
    import numpy as np

    from ha2g_engine.gestures.plan import Plan

    if path is None:
        return None
    try:
        if path.suffix == ".npz":
            with np.load(paths.regular(path, "an existing take"), allow_pickle=False) as arrays:
                if arrays.zip.getinfo("plan.npy").file_size > paths.SETTINGS_BYTES:
                    raise ValueError("too large")
                content = json.loads(str(arrays["plan"]))
        else:
            content = json.loads(paths.text_of(path, "an existing plan"))
    except DAMAGE as error:
        raise InputError(
            f"'{path}' holds no plan: name a take of 'ha2g generate' (.npz) or its plan as JSON."
        ) from error
    return Plan.from_dict(content)


def animate(
    speech: Annotated[Path, typer.Argument(help="Speech file, or a folder of them.")],
    rig: Annotated[Path, typer.Option(help="Character: .blend, .fbx, .glb, .vrm, .bvh or .dae.")],
    out: Annotated[
        Path, typer.Option(help="Result: .blend, .fbx, .glb, .bvh or .usd; a folder for a batch.")
    ],
    images: Pictures = None,
    from_image: FromImage = None,
    transcript: Transcript = None,
    checkpoint: Checkpoint = None,
    identity_seed: IdentitySeed = 0,
    speaker: Speaker = None,
    seed: Seed = 0,
    style: StyleFile = None,
    rest: Rest = None,
    energy: Energy = None,
    fade: Fade = None,
    plan: PlanFile = None,
    home: HomePosture = None,
    channel: OneChannel = None,
    voice_only: VoiceOnly = None,
    word_gestures: WordGestures = 1.0,
    bone_map: BoneMap = None,
    fps: Rate = None,
    frames: Frames = None,
    blender: BlenderPython = None,
    mode: WhatMode = Mode.talk,
    limits: Annotated[
        Limits, typer.Option(help="Joints beyond a person's: held back, counted, or left.")
    ] = Limits.enforce,
    preset: Annotated[Preset, typer.Option(help="What an FBX file is made for.")] = Preset.generic,
    arms_to_fk: Annotated[
        bool, typer.Option("--arms-to-fk", help="Key IK/FK switches that stand on IK to FK.")
    ] = False,
    keys: HowManyKeys = Keys.every,
    tolerance: Tolerance = 1.0,
    as_json: AsJson = False,
) -> None:
    """Put a speech's gestures on a character through headless Blender."""
    from ha2g_engine import animation

    own = (images, checkpoint, transcript, style, plan, identity_seed, speaker)
    shaped = any(one is not None for one in (rest, fade, energy))
    if mode is not Mode.talk and (any(own) or shaped):
        raise InputError(NOBODYS.format(mode.value))
    if speech.is_dir() and (transcript or plan):
        raise InputError("--transcript and --plan are of one speech: name a file, not a folder.")
    how = (transcript, rest, energy, fade, _read_plan(plan), home, None, word_gestures)
    known, taken = _pictures(images, from_image, out)
    settings = _settings(known, identity_seed, seed, style, *how, taken, channel, voice_only)
    options = animation.Options(
        rig, out, checkpoint, bone_map, fps, frames, blender, mode.value, preset.value,
        limits.value, arms_to_fk, speaker, keys.value, tolerance,
    )  # fmt: skip
    with progress_bar() as progress:
        done = animation.animate(speech, settings, options, progress)
    _tell(done, as_json)


def _tell(done: Report, as_json: bool) -> None:
    """What was written and remarked; raises InputError with what failed."""
    if as_json:
        told = {"written": [str(path) for path in done.written], "remarks": done.remarks}
        typer.echo(json.dumps({**told, "failures": done.failures}))
    else:
        for line in done.remarks:
            aside(line)
        for path in done.written:
            typer.echo(path)
    if done.failures:
        raise InputError(" ".join(done.failures))
