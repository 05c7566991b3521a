# SPDX-License-Identifier: GPL-3.0-or-later
"""The full engine's synthesis: any checkpoint, computed by torch, baselines too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ha2g_engine import image
from ha2g_engine.checkpoints.files import load
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.errors import InputError
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.models.network import Array
from ha2g_engine.models.window import Window
from ha2g_engine.speech import audio

from .listening import own_voice
from .performer import Performer
from .settings import Settings, Take
from .torch_network import TorchNetwork
from .windows import Progress, Starts, WindowPredictor, silent_speech, unrolled, window_starts


class Synthesizer(Performer):
    """A loaded checkpoint of any system; ``model`` is the module."""

    def __init__(self, checkpoint: str | Path | None = None, device: str = "cpu") -> None:
        path = str(checkpoint or DEFAULT)
        self.model, notes = load(path, device)
        if isinstance(self.model, Autoencoder):
            raise InputError(f"'{path}' is an autoencoder, for measuring: choose a generator.")
        network = TorchNetwork(self.model) if isinstance(self.model, HA2G) else None
        computed_by = {"engine": "full", "torch": torch.__version__}
        super().__init__(
            path, network, self.model.config, notes, image.load_references, computed_by, device
        )

    def _made(self, speech: str | Path, settings: Settings, progress: Progress) -> Take:
        if isinstance(self.model, HA2G):
            return super()._made(speech, settings, progress)
        return self._baseline(speech, settings, progress)

    @property
    def _rest_pose(self) -> Array:
        return np.asarray(self.model.rest_pose.cpu(), np.float32)

    @torch.inference_mode()
    def _baseline(self, speech: str | Path, settings: Settings, progress: Progress) -> Take:
        style = self._no_style(settings)
        sound = own_voice(speech, settings)
        starts = window_starts(sound.frames, self.cut)
        predict = self._baseline_windows(sound, starts, settings)
        home = self._home(lambda: self._silent_baseline(settings))
        windows = unrolled(predict, home, len(starts), self.cut, progress)
        loudness = audio.loudness(sound.waveform, sound.frames)
        moved = self._finished(windows, home, loudness, settings)
        return Take(moved, style, settings.seed, self.skeleton, cut=self.cut)

    def _silent_baseline(self, settings: Settings) -> WindowPredictor:
        silent = replace(settings, transcript=None)
        return self._baseline_windows(silent_speech(self.cut), window_starts(1, self.cut), silent)

    def _baseline_windows(
        self, sound: audio.Speech, starts: Starts, settings: Settings
    ) -> WindowPredictor:
        mel = audio.mel_windows(audio.mel_spectrogram(sound.waveform), starts, self.cut)
        waves = audio.wave_windows(sound.waveform, starts, self.cut)
        words = torch.from_numpy(self._words(settings, sound.frames, starts)).to(self.device)
        speaker = settings.identity_seed % self.config.n_speakers

        def predict(w: int, initial: Array) -> Array:
            window = Window(
                torch.from_numpy(initial).to(self.device),
                mel=torch.from_numpy(mel[w : w + 1]).to(self.device),
                waveform=torch.from_numpy(waves[w : w + 1]).to(self.device),
                words=words[w : w + 1],
                speaker=torch.tensor([speaker], device=self.device),
            )
            poses = self.model(window, _generator(settings.seed)).poses
            return np.asarray(poses.cpu(), np.float32)

        return predict

    def _no_style(self, settings: Settings) -> Array:
        """(3, H) of thirds. Raises InputError where a picture or a style is asked for."""
        if settings.images or settings.style is not None:
            _ = self.network
        return np.full((3, len(self.config.levels)), 1 / 3, np.float32)


def _generator(seed: int) -> torch.Generator | bool:
    """For the same z in every window of a baseline's take; False (z = mu) for seed 0."""
    return torch.Generator().manual_seed(seed) if seed else False
