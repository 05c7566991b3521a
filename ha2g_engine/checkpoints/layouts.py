# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each published system keeps its tensors, and what they are called here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from torch import Tensor

from ha2g_engine.body.skeleton import skeleton
from ha2g_engine.body.windows import PUBLISHED
from ha2g_engine.models.config import ModelConfig

Content = dict[str, Any]
State = dict[str, Tensor]
Rules = tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]


@dataclass(frozen=True)
class Layout:
    """config and state read a published dictionary for ``system``."""

    system: str
    config: Callable[[Content], ModelConfig]
    state: Callable[[Content], State]


TEXT_RULES: Final[Rules] = (  # the temporal convolutions of every text encoder
    (r"tcn\.network\.(\d+)\.(conv\d)\.weight_g", r"blocks.\1.\2.parametrizations.weight.original0"),
    (r"tcn\.network\.(\d+)\.(conv\d)\.weight_v", r"blocks.\1.\2.parametrizations.weight.original1"),
    (r"tcn\.network\.(\d+)\.", r"blocks.\1."),
)
AUDIO_RULES: Final[Rules] = (
    (r"^feat_extractor\.(conv1|bn1)\.", r"audio.\1."),
    (r"^feat_extractor\.(conv|bn|fc)_(low|mid|high)\.", r"audio.\2.\1."),
    (r"^feat_extractor\.(fc\d)\.", r"coordinator.\1."),
    (r"^feat_extractor\.speaker_embedding\.", "identity.tables.0."),
)
SUMMED_GRU: Final[Rules] = ((r"^((?:decoder\.)?)gru\.", r"\1gru.gru."),)
SEQ2SEQ_RULES: Final[Rules] = (
    (r"^decoder\.decoder\.attn\.attn\.", "decoder.attention."),
    (r"^decoder\.decoder\.attn\.v", "decoder.v"),
    (r"^decoder\.decoder\.", "decoder."),
)
SPEECH2GESTURE_RULES: Final[Rules] = (
    (r"(first_net\.\d+)\.0\.", r"\1.conv."),
    (r"(first_net\.\d+)\.1\.", r"\1.bn."),
    (r"down1\.(\d)\.0\.", r"same.\1.conv."),
    (r"down1\.(\d)\.1\.", r"same.\1.bn."),
    (r"down2\.", "down.0."),
    (r"down3\.", "down.1."),
    (r"down4\.", "down.2."),
    (r"down5\.", "down.3."),
    (r"down6\.", "down.4."),
    (r"up1\.conv\.", "up.0."),
    (r"up2\.conv\.", "up.1."),
    (r"up3\.conv\.", "up.2."),
    (r"up4\.conv\.", "up.3."),
    (r"up5\.conv\.", "up.4."),
    (r"((?:down|up)\.\d)\.0\.", r"\1.conv."),
    (r"((?:down|up)\.\d)\.1\.", r"\1.bn."),
    (r"^(decoder\.\d)\.0\.", r"\1.conv."),
    (r"^(decoder\.\d)\.1\.", r"\1.bn."),
)
POSE_EMBEDDING_RULES: Final[Rules] = (
    (r"^pose_encoder\.(net|out_net)\.", r"pose_encoder.encoder.\1."),
)
DISCRIMINATOR_RULES: Final[Rules] = (
    *SUMMED_GRU,
    (r"^net\.0\.", "first."),
    (r"^net\.([23])\.0\.", lambda m: f"blocks.{int(m[1]) - 2}.conv."),
    (r"^net\.([23])\.1\.", lambda m: f"blocks.{int(m[1]) - 2}.bn."),
    (r"^net\.4\.", "last."),
)
GESTURE_AUTOENCODER_RULES: Final[Rules] = (
    (r"^pose_encoder\.(net|out_net)\.", r"encoder.\1."),
    (r"^pose_encoder\.(fc_\w+)\.", r"\1."),
)


def layout_of(content: Content) -> Layout | None:
    """The layout a published dictionary has, or None."""
    if "gen_dict_1" in content and "audio_dict" in content:
        return Layout("ha2g", ha2g_config, ha2g_state)
    if "motion_ae" in content:
        return Layout("autoencoder", autoencoder_config, lambda c: c["motion_ae"])
    name = str(getattr(content.get("args"), "model", ""))
    return SINGLE.get(name) if "gen_dict" in content else None


def renamed(state: State, rules: Rules) -> State:
    """``state`` with every rule applied to every name, second names of tensors left out."""
    result = {}
    for key, value in state.items():
        if ".tcn.network." in "." + key and ".net." in key:
            continue  # the same tensors under a second name
        for pattern, replacement in rules:
            key = re.sub(pattern, replacement, key)
        result[key] = value
    return result


def single(system: str, rules: Rules, **config: Callable[[Content], Any]) -> Layout:
    """A layout whose tensors all stand in ``gen_dict``."""
    return Layout(
        system,
        lambda content: _config(content, **{k: read(content) for k, read in config.items()}),
        lambda content: renamed(content["gen_dict"], rules),
    )


def _config(content: Content, **more: Any) -> ModelConfig:
    args = content["args"]
    expressive = content["pose_dim"] == skeleton("expressive").pose_dim
    frames = getattr(args, "n_poses", PUBLISHED.frames)
    given = getattr(args, "n_pre_poses", PUBLISHED.given)
    return ModelConfig(
        skeleton="expressive" if expressive else "gesture",
        hidden=args.hidden_size,
        gru_layers=args.n_layers,
        text_layers=args.n_layers,
        dropout=args.dropout_prob,
        identity="speaker",
        composed=False,
        frames=frames,
        stride=frames - given,
        given=given,
        **more,
    )


def _rows(name: str) -> Callable[[Content], int]:
    return lambda content: len(content["gen_dict"][name])


SINGLE: Final = {
    "multimodal_context": single(
        "trimodal",
        TEXT_RULES + SUMMED_GRU,
        n_words=_rows("text_encoder.embedding.weight"),
        n_speakers=_rows("speaker_embedding.0.weight"),
    ),
    "seq2seq": single("seq2seq", SEQ2SEQ_RULES, n_words=_rows("encoder.embedding.weight")),
    "speech2gesture": single("speech2gesture", SPEECH2GESTURE_RULES),
    "joint_embedding": single(
        "joint_embedding",
        TEXT_RULES + SUMMED_GRU + POSE_EMBEDDING_RULES,
        n_words=_rows("context_encoder.text_encoder.embedding.weight"),
        decoder_hidden=lambda content: content["gen_dict"]["decoder.out.0.weight"].shape[1],
    ),
    "gesture_autoencoder": single(
        "autoencoder",
        GESTURE_AUTOENCODER_RULES,
        latent_dim=lambda content: len(content["gen_dict"]["pose_encoder.fc_mu.weight"]),
    ),
}


def autoencoder_config(content: Content) -> ModelConfig:
    """Sizes of the Expressive autoencoder."""
    return _config(content, latent_dim=content["latent_dim"])


def ha2g_config(content: Content) -> ModelConfig:
    """Sizes of a published HA2G checkpoint, read from its tensors."""
    first, audio, trunk = content["gen_dict_1"], content["audio_dict"], "feat_extractor.layer"
    count = [len({k.split(".")[2] for k in audio if k.startswith(f"{trunk}{s}.")}) for s in "1234"]
    return _config(
        content,
        audio_widths=tuple(len(audio[f"{trunk}{s}.0.conv1.weight"]) for s in "1234"),
        audio_blocks=tuple(count),
        audio_dim=len(audio["feat_extractor.fc_low.weight"]),
        n_speakers=len(first["speaker_embedding.0.weight"]),
        n_words=len(first["text_encoder.embedding.weight"]),
        word_dim=first["text_encoder.embedding.weight"].shape[1],
    )


def ha2g_state(content: Content) -> State:
    """All tensors of a published HA2G checkpoint under this engine's names."""
    state = renamed({_stage(k): v for k, v in content["audio_dict"].items()}, AUDIO_RULES)
    for key, value in renamed(content["text_dict"], TEXT_RULES).items():
        state[f"text.{key}"] = value
    levels = sorted(k for k in content if re.fullmatch(r"gen_dict_\d+", k))
    for h in range(len(levels)):
        for key, value in renamed(content[f"gen_dict_{h + 1}"], TEXT_RULES + SUMMED_GRU).items():
            state[_level_name(key, h)] = value
    return state


def _stage(key: str) -> str:
    return re.sub(r"^feat_extractor\.layer(\d)\.", lambda m: f"audio.stages.{int(m[1]) - 1}.", key)


def _level_name(key: str, level: int) -> str:
    if key.startswith("speaker_embedding."):
        return f"identity.tables.{level + 1}." + key.removeprefix("speaker_embedding.")
    key = re.sub(r"^speaker_(mu|logvar)\.", r"\1.", key)
    return f"levels.{level}." + re.sub(r"^text_encoder\.", "text.", key)
