# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model does with the windows and the takes of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor

from ha2g_engine.models.ha2g import HA2G, Output
from ha2g_engine.models.layers import Noise
from ha2g_engine.models.system import System
from ha2g_engine.models.trimodal import Trimodal
from ha2g_engine.models.window import Prediction
from ha2g_engine.synthesis.finishing import joined
from ha2g_engine.training.places import speaker_codes
from ha2g_engine.training.streams import Window

from .clips import Clips, Motion

BATCH: Final = 64
PORTRAITS: Final = 4  # reference frames of a speaker


@torch.inference_mode()
def windows(model: System, clips: Clips, seed: int) -> Motion:
    """(N, 34, bones, 3): each window from its own true initial poses; seed 0 is z = mu."""
    parts = []
    for first in range(0, len(clips.where), BATCH):
        window = clips.streams.batch(clips.where[first : first + BATCH])
        members = [clip for clip, _ in clips.where[first : first + BATCH]]
        noise = _noise(model, members, seed)
        initial = window.poses[:, : clips.streams.cut.given]
        parts.append(_predict(model, clips, window, initial, noise))
    poses = torch.cat(parts).numpy()
    return clips.skeleton.directions(poses)


def takes(model: System, clips: Clips, seed: int) -> list[Motion]:
    """(T, bones, 3) of each clip: windows that start from the model's own last frames."""
    made: dict[int, Motion] = {}
    for count in sorted(set(clips.takes)):
        members = [i for i, n in enumerate(clips.takes) if n == count]
        for first in range(0, len(members), BATCH):
            part = members[first : first + BATCH]
            made.update(zip(part, _chain(model, clips, part, count, seed), strict=True))
    return [made[i] for i in range(len(clips.takes))]


def take(model: System, clips: Clips, clip: int, seed: int) -> Motion:
    """(T, bones, 3) of one clip."""
    return _chain(model, clips, [clip], clips.takes[clip], seed)[0]


@torch.inference_mode()
def _chain(
    model: System, clips: Clips, members: Sequence[int], count: int, seed: int
) -> list[Motion]:
    initial, parts, cut = None, [], clips.streams.cut
    for step in range(count):
        noise = _noise(model, members, seed)  # the same in each window, also from a generator
        window = clips.streams.batch([(i, cut.stride * step) for i in members])
        initial = window.poses[:, : cut.given] if initial is None else initial
        poses = _predict(model, clips, window, initial, noise)
        initial = poses[:, cut.handed_on]
        parts.append(poses.numpy())
    made = [joined(take, cut=cut) for take in np.stack(parts, axis=1)]
    return [clips.skeleton.directions(take) for take in made]


def _noise(model: System, members: Sequence[int], seed: int) -> Noise:
    """What each clip's z is made from, the same in all its windows; z = mu for seed 0."""
    if not seed:
        return False
    if not isinstance(model, HA2G | Trimodal):
        return torch.Generator().manual_seed(seed)
    dim = model.config.identity_dim
    drawn = [torch.Generator().manual_seed(1000 * seed + clip) for clip in members]
    return torch.stack([torch.randn(dim, generator=generator) for generator in drawn])


def _predict(model: System, clips: Clips, window: Window, initial: Tensor, noise: Noise) -> Tensor:
    if not isinstance(model, HA2G):
        inputs = window.inputs(initial)
        inputs.speaker = _numbers(model, clips, window.speakers)
        return cast(Prediction, model(inputs, noise)).poses
    words = window.words if model.text is not None else None
    identity = _identity(model, clips, window.speakers)
    sound = model.sound(window.mel, window.waveform)
    guide = window.guide(model)
    return cast(Output, model(sound, initial, identity, words, noise, guide)).pose


def _numbers(model: System, clips: Clips, speakers: Tensor) -> Tensor:
    """(B,) the rows of the model's own speakers that stand for these of the data."""
    return torch.tensor([clips.row(s) % model.config.n_speakers for s in speakers.tolist()])


def _identity(model: HA2G, clips: Clips, speakers: Tensor) -> Tensor:
    """f_id of each sample's speaker: by number, from the pictures, or the place it learned."""
    if model.config.identity == "speaker":
        return model.identity_from_speakers(_numbers(model, clips, speakers))
    known = {int(s): _person(model, clips, int(s)) for s in set(speakers.tolist())}
    return torch.cat([known[int(s)] for s in speakers])


def _person(model: HA2G, clips: Clips, speaker: int) -> Tensor:
    frames = clips.streams.reference_frames(speaker, PORTRAITS)
    if frames is not None:
        return model.identity_from_images(frames)
    codes = speaker_codes(len(clips.streams.store.speakers), model.config.identity_dim)
    return codes[speaker : speaker + 1].to(model.rest_pose)
