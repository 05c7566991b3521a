# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model is made of: one frozen record, stored inside every checkpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from ha2g_engine.errors import InputError
from ha2g_engine.skeleton import Skeleton, skeleton


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of one model; the defaults are the paper's HA2G.

    skeleton: ``expressive`` (6 levels) or ``gesture`` (3 levels).
    identity: ``image`` (ResNet-18 on reference frames) or ``speaker`` (an index).
    n_words: vocabulary size with the four special words; 0 = no text encoder.
    decoder_hidden: GRU width of Joint Embedding's decoder. latent_dim: of the autoencoder.
    """

    skeleton: str = "expressive"
    audio_widths: tuple[int, int, int, int] = (32, 64, 128, 256)
    audio_blocks: tuple[int, int, int, int] = (3, 4, 6, 3)
    audio_dim: int = 32
    hidden: int = 300
    gru_layers: int = 4
    dropout: float = 0.3
    identity: Literal["image", "speaker"] = "image"
    identity_dim: int = 16
    image_widths: tuple[int, int, int, int] = (64, 128, 256, 512)
    n_speakers: int = 1
    n_words: int = 0
    word_dim: int = 300
    text_dim: int = 32
    text_layers: int = 4
    decoder_hidden: int = 300
    latent_dim: int = 128

    def __post_init__(self) -> None:
        """Raises InputError for sizes no network can have."""
        if self.audio_widths[2] % 4 or self.audio_widths[3] % 16:
            raise InputError("audio_widths: the third must divide by 4 and the fourth by 16.")
        if self.identity not in ("image", "speaker"):
            raise InputError(f"identity = '{self.identity}': choose 'image' or 'speaker'.")
        skeleton(self.skeleton)

    @property
    def table(self) -> Skeleton:
        """The skeleton's table."""
        return skeleton(self.skeleton)

    def to_dict(self) -> dict[str, Any]:
        """A dict for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelConfig:
        """The reverse of ``to_dict``; raises InputError for a key there is not."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise InputError(
                f"Model setting '{unknown[0]}' is unknown: use one of {sorted(known)}."
            )
        tuples: dict[str, Any] = {k: tuple(v) for k, v in values.items() if isinstance(v, list)}
        return cls(**{**values, **tuples})
