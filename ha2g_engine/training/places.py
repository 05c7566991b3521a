# SPDX-License-Identifier: GPL-3.0-or-later
"""Places for speakers in the space of f_id, for data sets of a few speakers.

With few speakers a picture encoder that learns through the poses alone learns nothing for
hours. So each speaker gets a place; the encoder is taught these places from pictures, and the
pose inferer is taught from the places directly.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor

from ha2g_engine import distributed

CODE_NOISE: Final = 0.3  # standard deviation around a speaker's own place
TRIES: Final = 24  # points of N(0, I) among which one near the speaker is looked for


def speaker_codes(speakers: int, size: int, seed: int = 0) -> Tensor:
    """(S, size) places of the speakers: mean 0, variance 1 in each axis.

    seed: 0 those who perform; others are for more people, who do not move the first.
    """
    codes = torch.randn(speakers, size, generator=torch.Generator().manual_seed(seed))
    if speakers == 1:
        return codes
    return (codes - codes.mean(dim=0)) / codes.std(dim=0, unbiased=False)


def points_near(codes: Tensor, speakers: Tensor, random: np.random.Generator) -> Tensor:
    """A point for each of ``speakers`` (B,) → (B, size): its code with noise, or any point near it.

    Any point is one of N(0, I) nearest to that code: a person never seen moves like somebody.
    """
    shape = (distributed.count() * len(speakers), TRIES, codes.shape[-1])
    anywhere = torch.from_numpy(distributed.own_rows(random.standard_normal(shape))).to(codes)
    nearest = torch.cdist(anywhere, codes[None]).argmin(dim=-1)  # (B, tries)
    fits = nearest == speakers[:, None]
    rows = torch.arange(len(speakers), device=codes.device)
    chosen = anywhere[rows, fits.int().argmax(dim=1)]
    known = codes[speakers] + CODE_NOISE * anywhere[:, -1]
    lucky = torch.from_numpy(distributed.own_rows(random.random(shape[0])) < 0.5)
    lucky = lucky.to(codes.device)
    return torch.where((~fits.any(dim=1) | lucky)[:, None], known, chosen)
