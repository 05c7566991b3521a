# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech of any length → gestures: windows that lead on from each other, resting in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ha2g_engine import image
from ha2g_engine.body.skeleton import INITIAL_FRAMES, Skeleton
from ha2g_engine.checkpoints.files import DEFAULT, load
from ha2g_engine.errors import InputError
from ha2g_engine.gestures.plan import Plan, within_reach
from ha2g_engine.models.audio_learner import blend
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.ha2g import HA2G, Features, Guide
from ha2g_engine.models.layers import Noise
from ha2g_engine.models.window import Window
from ha2g_engine.speech import audio
from ha2g_engine.speech.transcript import load_transcript

from .finishing import calmed, energise, exchanged, joined, settle, speech_activity
from .planning import Planner
from .session import KEPT, Hearing, Performance, Recent, stamp
from .settings import Settings, Take, normalised_style
from .windows import (
    AUDIO_SHARE,
    SILENCE,
    Progress,
    Starts,
    WindowPredictor,
    sound_windows,
    unrolled,
    window_starts,
    word_windows,
)

Array = NDArray[np.float32]

PERFORMANCES: Final = 12  # that stay in memory: each exchange of a stroke makes another
AUDIO_BATCH: Final = 8  # windows the audio learner hears at once
HOMEWARD_WINDOWS: Final = 3  # of silence, after which everybody's hands have come to rest


class Synthesizer:
    """A loaded checkpoint of any system, ready to make takes.

    It remembers the last speeches it heard and performed: see ``session``.
    """

    def __init__(self, checkpoint: str | Path | None = None, device: str = "cpu") -> None:
        self.checkpoint = str(checkpoint or DEFAULT)
        self.device = device
        self.model, self.notes = load(self.checkpoint, device)
        if isinstance(self.model, Autoencoder):
            raise InputError(
                f"'{self.checkpoint}' is an autoencoder, for measuring: choose a generator."
            )
        self.planner: Planner | None = None
        if isinstance(self.model, HA2G):
            self.planner = Planner.of(self.model, self.notes)
        self.forget()

    def forget(self) -> None:
        """Drop the speeches that were heard."""
        self.hearings: Recent[Hearing] = Recent()
        self.performances: Recent[Performance] = Recent(PERFORMANCES if self.planner else KEPT)

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of the directions this model makes."""
        return self.model.config.table

    @property
    def knows_words(self) -> bool:
        """Whether a transcript changes anything."""
        return bool(self.model.config.n_words) or self.planner is not None

    @torch.inference_mode()
    def identity(self, settings: Settings) -> Tensor:
        """f_id of the pictures, or of the identity seed when there are none."""
        model = self._ha2g()
        if not settings.images:
            return model.identity_from_seed(settings.identity_seed)
        frames = torch.from_numpy(image.load_references(settings.images)).to(self.device)
        return model.identity_from_images(frames[None])

    @torch.inference_mode()
    def style(self, settings: Settings) -> Array:
        """(3, H) the asked style with its columns normalised, or the identity's own."""
        return self._style(settings, self.identity(settings))

    @torch.inference_mode()
    def exchange(self, plan: Plan, number: int, seed: int, settings: Settings) -> Plan:
        """The plan with stroke ``number`` made by another gesture, drawn by ``seed``.

        Raises InputError for a model without gestures, and when there is no such stroke.
        """
        if self.planner is None:
            raise InputError(f"'{self.checkpoint}' knows no gestures to exchange: choose another.")
        return self.planner.another(plan, number, seed, self.identity(settings))

    @torch.inference_mode()
    def generate(
        self, speech: str | Path, settings: Settings, progress: Progress = lambda _f, _m: None
    ) -> Take:
        """A take for a speech file; ``progress(fraction, sentence)`` may raise to stop.

        Returns T = ceil(seconds × 15) frames. Raises InputError for unusable files.
        """
        settings = settings.meant(self.notes)
        progress(0.0, "Reading the speech")
        if settings.transcript and not self.knows_words:
            load_transcript(settings.transcript)  # wrong is wrong, used or not
        if isinstance(self.model, HA2G):
            take = self._perform(speech, settings, progress)
        else:
            take = self._baseline(speech, settings, progress)
        progress(1.0, "Done")
        return take

    @torch.inference_mode()
    def hear(self, windows: Array, progress: Progress) -> Features:
        """Windows (W, …) → low, mid, high, each (W, 34, 32); each hears its own."""
        model = self._ha2g()
        parts: list[Features] = []
        for first in range(0, len(windows), AUDIO_BATCH):
            progress(AUDIO_SHARE * first / len(windows), "Listening")
            batch = torch.from_numpy(windows[first : first + AUDIO_BATCH]).to(self.device)
            parts.append(model.audio(batch))
        low, mid, high = (torch.cat(part) for part in zip(*parts, strict=True))
        return low, mid, high

    def _perform(self, speech: str | Path, settings: Settings, progress: Progress) -> Take:
        hearing = self.hearings.get(stamp(speech), lambda: self._hearing(speech, progress))
        plan = self._plan(hearing, settings)
        steps: list[Plan | None] = [None] if plan is None else [*plan.steps()]
        performance = self._performance(speech, hearing, settings, steps[0])
        style = self._style(settings, performance.identity)
        moved, run = self._moved(performance, style, settings, progress), performance.levels_run
        for step, (_, stroke) in zip(steps[1:], plan.exchanged if plan else (), strict=True):
            performance = self._performance(speech, hearing, settings, step, performance)
            other = self._moved(performance, style, settings, progress)
            moved = exchanged(moved, other, within_reach(stroke, len(moved)))
            run += performance.levels_run
        return Take(moved, style, settings.seed, self.skeleton, run, plan)

    def _plan(self, hearing: Hearing, settings: Settings) -> Plan | None:
        """The one that is given back, or one drawn; None of a model without gestures."""
        if self.planner is None or settings.plan is not None:
            return settings.plan if self.planner else None
        said = load_transcript(settings.transcript) if settings.transcript else []
        return self.planner.plan(hearing, self.identity(settings), settings.seed, said)

    def _moved(
        self, performance: Performance, style: Array, settings: Settings, progress: Progress
    ) -> Array:
        """What a performance looks like in ``style``, finished."""
        hearing = performance.hearing
        latest = AUDIO_SHARE, "Predicting gestures"

        def noted(fraction: float, message: str) -> None:
            nonlocal latest
            latest = fraction, message
            progress(fraction, message)

        predict = performance.perform(style, lambda: progress(*latest))
        windows = unrolled(predict, performance.home, len(hearing.starts), noted)
        return self._finished(windows, performance.home, hearing.loudness, settings)

    def _finished(self, windows: Array, home: Tensor, loudness: Array, settings: Settings) -> Array:
        """The steps of ``finishing`` that are asked for, on as many frames as the speech has."""
        assert settings.energy is not None and settings.fade is not None
        rest = self.skeleton.directions(home[0, -1].cpu().numpy())
        moved = self.skeleton.directions(joined(windows, settings.fade))[: len(loudness)]
        if self.planner:
            moved = calmed(moved)
        moved = energise(moved, rest, loudness, settings.energy)
        return settle(moved, speech_activity(loudness), rest) if settings.rest else moved

    def _performance(
        self,
        speech: str | Path,
        hearing: Hearing,
        settings: Settings,
        plan: Plan | None,
        before: Performance | None = None,
    ) -> Performance:
        """What is known already of this speech, person and plan, or the beginning of it.

        before: the same with another plan, of which what does not change is kept.
        """
        codes = self.planner.codes(plan, hearing.starts) if self.planner and plan else None
        texts = [settings.transcript] if settings.transcript else []
        files = stamp(speech, *settings.images), stamp(*texts)

        def begin() -> Performance:
            if before is not None and codes is not None:
                return before.by_other_codes(codes)
            model, frames = self._ha2g(), hearing.sound.frames
            words = self._words(settings, frames, hearing.starts) if model.config.n_words else None
            identity, noise = self.identity(settings), self._noise(settings)
            home = self._home(lambda: self._silent_windows(identity, noise))
            return Performance(model, hearing, identity, words, noise, home, codes)

        key = files, settings.identity_seed, settings.seed, plan
        return self.performances.get(key, begin)

    def _hearing(self, speech: str | Path, progress: Progress) -> Hearing:
        sound = audio.read_speech(speech)
        starts = window_starts(sound.frames)
        loudness = audio.loudness(sound.waveform, sound.frames)
        heard = sound_windows(self.model.config, sound, starts)
        return Hearing(sound, starts, self.hear(heard, progress), loudness)

    def _baseline(self, speech: str | Path, settings: Settings, progress: Progress) -> Take:
        style = self._no_style(settings)
        sound = audio.read_speech(speech)
        starts = window_starts(sound.frames)
        predict = self._baseline_windows(sound, starts, settings)
        silent = replace(settings, transcript=None)
        home = self._home(lambda: self._baseline_windows(SILENCE, window_starts(1), silent))
        windows = unrolled(predict, home, len(starts), progress)
        loudness = audio.loudness(sound.waveform, sound.frames)
        moved = self._finished(windows, home, loudness, settings)
        return Take(moved, style, settings.seed, self.skeleton)

    def _home(self, silence: Callable[[], WindowPredictor]) -> Tensor:
        """(1, 4, D): the model's rest pose, or this person's, if the model knows several.

        silence: makes a predictor for silence, in which such a model lets the hands go home.
        """
        pose = self.model.rest_pose.expand(1, INITIAL_FRAMES, -1)
        if self.notes.get("home") != "silence":
            return pose
        predict = silence()
        for _ in range(HOMEWARD_WINDOWS):
            pose = predict(0, pose)[:, -INITIAL_FRAMES:]
        return pose[:, -1:].expand(1, INITIAL_FRAMES, -1)

    def _silent_windows(self, identity: Tensor, noise: Noise) -> WindowPredictor:
        model = self._ha2g()
        style = model.style(identity)
        blended = blend(self._heard_silence, style)
        guide = Guide(self.planner.stillness, style) if self.planner else None
        words = self._words(Settings(), 1, window_starts(1)) if model.config.n_words else None

        def predict(_window: int, initial: Tensor) -> Tensor:
            levels, _, _ = model.infer(blended, initial, identity, words, noise, guide=guide)
            return model.pose(levels)

        return predict

    @cached_property
    def _heard_silence(self) -> Features:
        windows = sound_windows(self.model.config, SILENCE, window_starts(1))
        return self.hear(windows, lambda _fraction, _message: None)

    def _noise(self, settings: Settings) -> Noise:
        """One z for all levels and windows of a take; False (z = mu) for seed 0 and with plans."""
        if not settings.seed or self.planner:
            return False
        generator = torch.Generator().manual_seed(settings.seed)
        return torch.randn(1, self.model.config.identity_dim, generator=generator).to(self.device)

    def _baseline_windows(
        self, sound: audio.Speech, starts: Starts, settings: Settings
    ) -> WindowPredictor:
        mel = audio.mel_windows(audio.mel_spectrogram(sound.waveform), starts)
        waves = audio.wave_windows(sound.waveform, starts)
        words = self._words(settings, sound.frames, starts)
        speaker = settings.identity_seed % self.model.config.n_speakers

        def predict(w: int, initial: Tensor) -> Tensor:
            window = Window(
                initial,
                mel=torch.from_numpy(mel[w : w + 1]).to(self.device),
                waveform=torch.from_numpy(waves[w : w + 1]).to(self.device),
                words=words[w : w + 1],
                speaker=torch.tensor([speaker], device=self.device),
            )
            poses: Tensor = self.model(window, _generator(settings.seed)).poses
            return poses

        return predict

    def _ha2g(self) -> HA2G:
        if not isinstance(self.model, HA2G):
            raise InputError(
                f"'{self.checkpoint}' is a baseline without style or identity from pictures: "
                "leave the picture and the style out."
            )
        return self.model

    def _style(self, settings: Settings, identity: Tensor) -> Array:
        model = self._ha2g()
        if settings.style is not None:
            return normalised_style(settings.style, len(model.config.levels))
        return np.asarray(model.style(identity)[0].cpu(), np.float32)

    def _no_style(self, settings: Settings) -> Array:
        if settings.images or settings.style is not None:
            self._ha2g()
        return np.full((3, len(self.model.config.levels)), 1 / 3, np.float32)

    def _words(self, settings: Settings, frames: int, starts: Starts) -> Tensor:
        """(W, 34) of ``word_windows``."""
        vocabulary: list[str] = self.notes.get("vocabulary", [])
        said = load_transcript(settings.transcript) if settings.transcript else []
        early = "source" in self.notes or bool(self.notes.get("early_words"))
        return word_windows(said, vocabulary, frames, starts, early=early).to(self.device)


def _generator(seed: int) -> torch.Generator | bool:
    """For the same z in every window of a baseline's take; False (z = mu) for seed 0."""
    return torch.Generator().manual_seed(seed) if seed else False
