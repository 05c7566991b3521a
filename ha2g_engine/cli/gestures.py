# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g generate`` and ``ha2g animate``: speech to motion, and to an animated character."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ha2g_engine.errors import InputError

from .options import (
    AsJson,
    BlenderPython,
    Checkpoint,
    Energy,
    Fade,
    FromImage,
    HandShapes,
    HomePosture,
    IdentitySeed,
    ListenTo,
    MoodsFile,
    OwnChannel,
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
from .reading import pictures, settings_of, voices_of

if TYPE_CHECKING:
    from ha2g_engine.animation import Report
    from ha2g_engine.synthesis.settings import Settings

CLIPS: Final = 10  # of a data set, where nothing else is said
Speaker = Annotated[
    str | None, typer.Option(help="One whom the checkpoint was trained on, by name.")
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


Made = Annotated[
    Path, typer.Option(help="Where the motion goes: .npz; a folder with --from-dataset.")
]
Video = Annotated[Path | None, typer.Option(help="A stick-figure video with sound (.mp4).")]
Beyond = Annotated[
    Limits, typer.Option(help="Joints beyond a person's: held back, counted, or left.")
]


def generate(
    out: Made,
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
    word_gestures: WordGestures = 1.0,
    moods: MoodsFile = None,
    hand_shapes: HandShapes = None,
    channel: OwnChannel = None,
    voice_only: VoiceOnly = None,
    listen_to: ListenTo = None,
    video: Video = None,
    from_dataset: Annotated[
        Path | None,
        typer.Option(help="A data set's folder instead of a speech: its clips, real beside made."),
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="Clips, with --from-dataset: 10 if left out.", min=1)
    ] = None,
    split: Annotated[
        Split | None, typer.Option(help="Their split, with --from-dataset: test if left out.")
    ] = None,
    apart: Apart = False,
    as_json: AsJson = False,
) -> None:
    """Predict gestures for a speech. They are directions (T, 42, 3) at 15 fps.

    A published checkpoint moves as published, cross-faded, without rest and energy, unless those
    are asked for. With --from-dataset: npz, wav and a video of COUNT clips, real beside made.
    """
    if from_dataset:
        brought = (speech, images, style, video, transcript, identity_seed, speaker, plan, home,
                   moods, hand_shapes, channel, listen_to)  # fmt: skip
        _check_dataset(
            any(brought), any(one is not None for one in (rest, fade, energy, voice_only))
        )
        wanted = (split or Split.test, count or CLIPS, seed)
        return _from_dataset(from_dataset, checkpoint, out, *wanted, apart=apart)
    speech = _spoken(speech, bool(count or split or apart))
    settings = settings_of(
        pictures(images, from_image, out), identity_seed, seed, style, transcript, rest, energy,
        fade, plan, home, word_gestures, moods, hand_shapes, voices_of(speech, channel, listen_to),
        voice_only,
    )  # fmt: skip
    return _from_speech(speech, settings, checkpoint, out, video, speaker, as_json)


def _spoken(speech: Path | None, of_dataset: bool) -> Path:
    """The speech. of_dataset: whether options are given that are for a data set alone."""
    if of_dataset:
        raise InputError("--count, --split and --apart are for --from-dataset: leave them out.")
    if speech is None:
        raise InputError("There is nothing to speak: name a speech file, or --from-dataset FOLDER.")
    return speech


def _check_dataset(brought: bool, shaped: bool) -> None:
    """brought: what the data has already. shaped: anything but the network's own motion."""
    if brought:
        raise InputError(
            "--from-dataset brings speech, words and people: leave the speech, --image, "
            "--identity-seed, --speaker, --style, --transcript, --plan, --home, --moods, "
            "--hand-shape, --channel, --listen-to and --video out."
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
        if remark := answer.on_sound(speech, settings, model):
            aside(remark)
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
    word_gestures: WordGestures = 1.0,
    moods: MoodsFile = None,
    hand_shapes: HandShapes = None,
    channel: OwnChannel = None,
    voice_only: VoiceOnly = None,
    listen_to: ListenTo = None,
    bone_map: BoneMap = None,
    fps: Rate = None,
    frames: Frames = None,
    blender: BlenderPython = None,
    mode: Annotated[
        Mode, typer.Option(help="Talk; listen (nod where phrases end); idle as long as it lasts.")
    ] = Mode.talk,
    limits: Beyond = Limits.enforce,
    preset: Annotated[Preset, typer.Option(help="What an FBX file is made for.")] = Preset.generic,
    arms_to_fk: Annotated[
        bool, typer.Option("--arms-to-fk", help="Key IK/FK switches that stand on IK to FK.")
    ] = False,
    keys: HowManyKeys = Keys.every,
    tolerance: Tolerance = 1.0,
    as_json: AsJson = False,
) -> None:
    """Put a speech's gestures on a character, by headless Blender."""
    from ha2g_engine import animation

    own = (images, checkpoint, transcript, style, plan, identity_seed, speaker, moods, hand_shapes)
    shaped = (one is not None for one in (rest, fade, energy))
    _check_mode(mode, any((*own, listen_to, *shaped)))
    _check_one(speech, any((transcript, plan, moods, listen_to)))
    settings = settings_of(
        pictures(images, from_image, out), identity_seed, seed, style, transcript, rest, energy,
        fade, plan, home, word_gestures, moods, hand_shapes, voices_of(speech, channel, listen_to),
        voice_only,
    )  # fmt: skip
    options = animation.Options(
        rig, out, checkpoint, bone_map, fps, frames, blender, mode.value, preset.value,
        limits.value, arms_to_fk, speaker, keys.value, tolerance,
    )  # fmt: skip
    with progress_bar() as progress:
        done = animation.animate(speech, settings, options, progress)
    _tell(done, as_json)


def _check_one(speech: Path, asked: bool) -> None:
    """asked: what only one speech has."""
    if asked and speech.is_dir():
        raise InputError(
            "--transcript, --plan, --moods and --listen-to are of one speech: name a file, not a "
            "folder."
        )


def _check_mode(mode: Mode, brought: bool) -> None:
    """brought: what only who talks has."""
    if mode is not Mode.talk and brought:
        raise InputError(
            f"--mode {mode.value} moves like nobody in particular: leave --image, --checkpoint, "
            "--transcript, --style, --plan, --moods, --identity-seed, --speaker, --hand-shape, "
            "--channel, --listen-to, --energy, --no-rest and --no-fade out."
        )


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
