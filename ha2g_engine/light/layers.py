# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of trained networks in numpy; what each computes stands in ``models.layers``.

B = batch, C = channels, maps are (B, C, height, width).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .weights import Array, Part

EPSILON: Final = 1e-5  # of batch norm, as in torch


def relu(x: Array) -> Array:
    """The positive part."""
    return np.maximum(x, np.float32(0))


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x)."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))


def elu(x: Array) -> Array:
    """x, or e^x - 1 below 0."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


class Linear:
    """(…, inputs) → (…, outputs)."""

    def __init__(self, part: Part, inputs: int, outputs: int) -> None:
        self.weight = np.ascontiguousarray(part.get("weight", outputs, inputs).T)
        self.bias = part.get("bias", outputs)

    def __call__(self, x: Array) -> Array:
        """The product."""
        return x @ self.weight + self.bias


@dataclass(frozen=True)
class Norm:
    """A trained batch norm: a scale and a shift for each of C channels."""

    scale: Array
    shift: Array

    @classmethod
    def of(cls, part: Part, channels: int, *, affine: bool = True) -> Norm:
        """affine: whether it has a gain and a bias."""
        mean, variance = (part.get(f"running_{name}", channels) for name in ("mean", "var"))
        scale = 1 / np.sqrt(variance + EPSILON)
        shift = -mean * scale
        if affine:
            gain = part.get("weight", channels)
            scale, shift = gain * scale, gain * shift + part.get("bias", channels)
        return cls(scale, shift)

    def __call__(self, maps: Array) -> Array:
        """(B, C, …) → the same shape."""
        shape = (-1, *[1] * (maps.ndim - 2))
        return np.asarray(maps * self.scale.reshape(shape) + self.shift.reshape(shape))


class Convolution:
    """(B, C, H, W) → (B, outputs, …), each map as one product with its patches."""

    def __init__(
        self,
        part: Part,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        padding: int = 0,
        *,
        bias: bool = False,
    ) -> None:
        weight = part.get("weight", outputs, inputs, kernel, kernel)
        self.weight = weight.reshape(outputs, -1)
        self.bias = part.get("bias", outputs)[:, None, None] if bias else np.float32(0)
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def __call__(self, maps: Array) -> Array:
        """The convolution."""
        return np.stack([self._one(one) for one in maps]) + self.bias

    def _one(self, x: Array) -> Array:
        edge, step = self.padding, self.stride
        x = np.pad(x, ((0, 0), (edge, edge), (edge, edge)))
        height, width = ((n - self.kernel) // step + 1 for n in x.shape[1:])
        patches = np.empty((len(x), self.kernel, self.kernel, height, width), np.float32)
        for i in range(self.kernel):
            for j in range(self.kernel):
                here = x[:, i : i + height * step : step, j : j + width * step : step]
                patches[:, i, j] = here[:, :height, :width]
        return (self.weight @ patches.reshape(-1, height * width)).reshape(-1, height, width)


class SqueezeExcitation:
    """See ``models.layers.SqueezeExcitation``."""

    def __init__(self, part: Part, channels: int) -> None:
        self.squeeze = Linear(part.part("fc", 0), channels, channels // 8)
        self.excite = Linear(part.part("fc", 2), channels // 8, channels)

    def __call__(self, maps: Array) -> Array:
        """The shape stays."""
        weights = sigmoid(self.excite(relu(self.squeeze(maps.mean(axis=(2, 3))))))
        return maps * weights[:, :, None, None]


class ResidualBlock:
    """See ``models.layers.ResidualBlock``."""

    def __init__(self, part: Part, inputs: int, outputs: int, stride: int, *, excite: bool) -> None:
        self.conv1 = Convolution(part.part("conv1"), inputs, outputs, 3, stride, 1)
        self.bn1 = Norm.of(part.part("bn1"), outputs)
        self.conv2 = Convolution(part.part("conv2"), outputs, outputs, 3, 1, 1)
        self.bn2 = Norm.of(part.part("bn2"), outputs)
        self.se = SqueezeExcitation(part.part("se"), outputs) if excite else None
        self.narrowed: tuple[Convolution, Norm] | None = None
        if stride != 1 or inputs != outputs:
            shortcut = Convolution(part.part("downsample", 0), inputs, outputs, 1, stride)
            self.narrowed = shortcut, Norm.of(part.part("downsample", 1), outputs)

    def __call__(self, x: Array) -> Array:
        """(B, inputs, H, W) → (B, outputs, ⌈H / stride⌉, ⌈W / stride⌉)."""
        y = self.conv1(x)
        y = self.bn1(relu(y)) if self.se else relu(self.bn1(y))
        y = self.bn2(self.conv2(y))
        if self.se:
            y = self.se(y)
        if self.narrowed:
            shortcut, norm = self.narrowed
            x = norm(shortcut(x))
        return relu(y + x)


class Stage:
    """``blocks`` residual blocks, the first with ``stride``."""

    def __init__(
        self, part: Part, inputs: int, outputs: int, blocks: int, stride: int, *, excite: bool
    ) -> None:
        widths, steps = [inputs] + [outputs] * (blocks - 1), [stride] + [1] * (blocks - 1)
        self.blocks = [
            ResidualBlock(part.part(i), width, outputs, step, excite=excite)
            for i, (width, step) in enumerate(zip(widths, steps, strict=True))
        ]

    def __call__(self, maps: Array) -> Array:
        """One block after the other."""
        for block in self.blocks:
            maps = block(maps)
        return maps


def shuffled(maps: Array, upscale: int) -> Array:
    """(B, C·r², H, W) → (B, C, H·r, W·r): channels become pixels (Shi et al., CVPR 2016)."""
    batch, channels, height, width = maps.shape
    r = upscale
    parts = maps.reshape(batch, channels // (r * r), r, r, height, width)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(batch, -1, height * r, width * r)


def pooled(maps: Array) -> Array:
    """The greatest of each 3 × 3 pixels, every second, with an edge of 1: (B, C, ⌈H / 2⌉, …)."""
    padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    height, width = ((n - 1) // 2 + 1 for n in maps.shape[2:])
    parts = [
        padded[:, :, i : i + 2 * height - 1 : 2, j : j + 2 * width - 1 : 2]
        for i in range(3)
        for j in range(3)
    ]
    return np.asarray(np.max(parts, axis=0), np.float32)
