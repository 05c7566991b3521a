# SPDX-License-Identifier: GPL-3.0-or-later
"""HA2G in torch, asked in arrays: see ``models.network.Network``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ha2g_engine.models import ha2g
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.network import Array, Features, Guide

WINDOWS: Final = 16  # whose words are read at once
SMALL: Final = 192  # units of a layer whose single steps one thread computes soonest


class TorchNetwork:
    """``model`` on its device."""

    def __init__(self, model: ha2g.HA2G) -> None:
        self.model = model
        self.config: ModelConfig = model.config
        self.rest_pose = _array(model.rest_pose)
        self.gestures = (
            _array(model.gestures) if model.config.n_gestures else np.zeros((0, 0), np.float32)
        )

    @torch.inference_mode()
    def hear(self, windows: Array) -> Features:
        """See ``Network.hear``."""
        low, mid, high = (_array(one) for one in self.model.audio(self._tensor(windows)))
        return low, mid, high

    @torch.inference_mode()
    def person(self, frames: Array) -> Array:
        """See ``Network.person``."""
        return _array(self.model.identity_from_images(self._tensor(frames)[None]))

    @torch.inference_mode()
    def speaker(self, number: int) -> Array:
        """See ``Network.speaker``."""
        device = self.model.rest_pose.device
        return _array(self.model.identity_from_speakers(torch.tensor([number], device=device)))

    @torch.inference_mode()
    def style(self, identity: Array) -> Array:
        """See ``Network.style``."""
        return _array(self.model.style(self._tensor(identity))[0])

    @torch.inference_mode()
    def read(self, words: NDArray[np.int64]) -> list[Array]:
        """See ``Network.read``; windows of the same words, such as none, are read once."""
        different, which = np.unique(words, axis=0, return_inverse=True)
        parts = [
            self._tensor(different[first : first + WINDOWS])
            for first in range(0, len(different), WINDOWS)
        ]
        levels = self.model.levels
        return [
            np.concatenate([_array(level.hear_words(part, part)) for part in parts])[which.ravel()]
            for level in levels
        ]

    @torch.inference_mode()
    def infer(
        self,
        audio: Array,
        initial: Array,
        identity: Array,
        texts: Sequence[Array] = (),
        noise: Array | None = None,
        first_level: int = 0,
        coarser: Array | None = None,
        check: Callable[[], None] = lambda: None,
        guide: Guide | None = None,
    ) -> list[Array]:
        """See ``Network.infer``."""
        put = self._tensor
        with self._threads():
            poses, _, _ = self.model.infer(
                put(audio),
                put(initial),
                put(identity),
                noise=False if noise is None else put(noise),
                first_level=first_level,
                coarser=None if coarser is None else put(coarser),
                check=check,
                texts=[put(text) for text in texts],
                guide=None if guide is None else ha2g.Guide(put(guide.codes), put(guide.style)),
            )
        return [_array(one) for one in poses]

    @contextmanager
    def _threads(self) -> Iterator[None]:
        """One thread for small layers: others would take longer to meet than to compute."""
        before = torch.get_num_threads()
        if self.config.hidden <= SMALL:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def _tensor(self, values: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(values).to(self.model.rest_pose.device)


def _array(values: Tensor) -> Array:
    return np.asarray(values.detach().cpu().numpy(), np.float32)
