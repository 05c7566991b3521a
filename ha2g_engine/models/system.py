# SPDX-License-Identifier: GPL-3.0-or-later
"""What HA2G and the baselines have in common as modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import ModelConfig


class System(nn.Module):
    """A network that predicts windows of poses, with the configuration it was built from.

    ``rest_pose`` (D,) is where a speech starts from, direction minus mean: zero (the data
    set's mean pose) unless training set it.
    """

    rest_pose: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("rest_pose", torch.zeros(config.table.pose_dim))
