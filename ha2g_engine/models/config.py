# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model is made of: one frozen record, stored inside every checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

from ha2g_engine.body import windows
from ha2g_engine.body.skeleton import Skeleton, skeleton
from ha2g_engine.errors import InputError
from ha2g_engine.settings import check

AUDIO_LEVELS: Final = ("low", "mid", "high")
HIERARCHIES: Final = {  # the levels kept, beside the whole pose; 2 completes torso and arms
    "full": slice(None),
    "holistic": slice(0),
    "no_hand": slice(3),
    "no_body": slice(2, None),
}
SMALL_HIERARCHY: Final = 3  # levels: torso, upper arms, forearms, and no hands
WIDEST: Final = 1 << 14  # units of a layer; beyond any model of this kind
ROWS: Final = 10_000_000  # of a table of words or people
WIDTHS: Final = ("audio_dim", "hidden", "identity_dim", "word_dim", "decoder_hidden", "latent_dim")
BOUNDS: Final = {
    **dict.fromkeys(WIDTHS, (1, WIDEST)),
    **dict.fromkeys(("gru_layers", "text_layers"), (1, 64)),
    "audio_blocks": (1, 256),
    "audio_widths": (1, WIDEST),
    "image_widths": (1, WIDEST),
    "n_speakers": (1, ROWS),
    "n_words": (0, ROWS),
    "code_dim": (0, WIDEST),
    "n_gestures": (0, ROWS),
    "text_dim": (0, WIDEST),
    "dropout": (0, 0.99),
    "unet_width": (4, WIDEST),
    **windows.BOUNDS,
}


def _choice(name: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise InputError(f"{name} = '{value}': choose one of {', '.join(allowed)}.")


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of one model; the defaults are the paper's HA2G.

    skeleton: ``expressive`` (6 levels) or ``gesture`` (3 levels).
    identity: ``image`` (ResNet-18 on reference frames) or ``speaker`` (an index).
    n_words: vocabulary size with the four special words; 0 = no text encoder.
    hierarchy, audio_levels, same_audio: the paper's ablations. ``holistic`` predicts all bones
    at once, ``no_hand`` the hands at once, ``no_body`` torso and arms at once; one audio level
    feeds every body level; ``same_audio`` gives all body levels the same blend.
    composed: each bone is shown as the level says that introduces it, the torso as the first one
    does; else, as published, all bones as the last level does.
    whisper: weights of the speech recogniser whose layers replace the audio learner; "" = none.
    code_dim: numbers of z(t), what the plan of gestures says a frame, which stands beside the
    identity's z, and the style's columns with it; 0 = z is drawn from the identity alone, as in
    the paper. n_gestures: of which the model knows the codes.
    decoder_hidden: GRU width of Joint Embedding's decoder. latent_dim: of the autoencoder.
    unet_width: channels of Speech2Gesture's U-Net; its first layers have a quarter and a half.
    frames, stride, given: see ``Windows``. Where shapes in this package say 34 and 4, these are
    the published frames and given; 70 and 36267 are what is heard meanwhile.
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
    hierarchy: Literal["full", "holistic", "no_hand", "no_body"] = "full"
    audio_levels: Literal["all", "low", "mid", "high"] = "all"
    same_audio: bool = False
    composed: bool = True
    decoder_hidden: int = 300
    unet_width: int = 256
    latent_dim: int = 128
    whisper: str = ""
    code_dim: int = 0
    n_gestures: int = 0
    frames: int = windows.PUBLISHED.frames
    stride: int = windows.PUBLISHED.stride
    given: int = windows.PUBLISHED.given

    def __post_init__(self) -> None:
        """Raises InputError for values of another type and sizes no network can have."""
        check(self, "model.", BOUNDS)
        _ = self.windows  # raises where they do not fit each other
        if self.audio_widths[2] % 4 or self.audio_widths[3] % 16:
            raise InputError("audio_widths: the third must divide by 4 and the fourth by 16.")
        _choice("identity", self.identity, ("image", "speaker"))
        _choice("hierarchy", self.hierarchy, HIERARCHIES)
        self._check_hierarchy()
        _choice("audio_levels", self.audio_levels, ("all", *AUDIO_LEVELS))

    def _check_hierarchy(self) -> None:
        """Raise InputError for an ablation that on this skeleton is another setting."""
        levels = len(self.table.levels)
        same = {"no_hand": "full", "no_body": "holistic"}.get(self.hierarchy)
        if same and levels <= SMALL_HIERARCHY:
            raise InputError(
                f'model.hierarchy = "{self.hierarchy}" is about the hands, which the {levels} '
                f'levels of the skeleton "{self.skeleton}" have not: it would be "{same}".'
            )

    @property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """Bone indices of each level that is predicted, coarse to fine."""
        whole = self.table.levels[-1]
        kept = self.table.levels[HIERARCHIES[self.hierarchy]]
        return kept if whole in kept else (*kept, whole)

    def level_columns(self, level: int) -> list[int]:
        """Columns of a flat pose (3 a bone) that belong to ``level`` (0 = coarsest)."""
        return [3 * bone + axis for bone in self.levels[level] for axis in range(3)]

    @property
    def shown_columns(self) -> list[int]:
        """Where the D columns of the pose that is shown stand in all levels' poses side by side."""
        where: dict[int, int] = {}
        offset = 0
        for level in range(len(self.levels)):
            columns = self.level_columns(level)
            here = {column: offset + i for i, column in enumerate(columns)}
            where = {**here, **where} if self.composed else here
            offset += len(columns)
        return [where[column] for column in range(self.table.pose_dim)]

    @property
    def windows(self) -> windows.Windows:
        """What it sees at once, and how one window leads on from the other."""
        return windows.Windows(self.frames, self.stride, self.given)

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
