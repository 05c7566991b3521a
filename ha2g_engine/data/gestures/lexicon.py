# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of clips and gestures → what they mean and which kind of gesture they are."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from ha2g_engine.errors import InputError

TABLE: Final = Path(__file__).with_name("lexicon.toml")
SMARTBODY_KINDS: Final = {
    "beat": "beat",
    "chop": "beat",
    "deictic_place": "deictic",
    "deictic_self": "deictic",
    "deictic_other": "deictic",
    "negation": "metaphoric",
    "offer_receive": "metaphoric",
    "discourse": "metaphoric",
    "question": "metaphoric",
    "size_shape": "iconic",
    "shrug": "emblem",
    "stop": "emblem",
    "emblem_action": "emblem",
    "adaptor": "adaptor",
    "idle": "idle",
}
GRETA_KINDS: Final = {
    "adjectival": "iconic",
    "beat": "beat",
    "certainty": "metaphoric",
    "deictic": "deictic",
    "emotion": "emotion",
    "iconic": "iconic",
    "imageschema": "iconic",
    "performative": "metaphoric",
    "rest": "idle",
}
KIND_OF_MEANING: Final = {  # of what stands in a lexicon under another kind, or under none
    "agreeing": "listening",
    "anger": "emotion",
    "applause": "emblem",
    "coughing": "adaptor",
    "don't know": "emblem",
    "explaining": "beat",
    "greeting": "emblem",
    "idle": "idle",
    "joy": "emotion",
    "laughing": "emotion",
    "listening": "listening",
    "looking around": "idle",
    "negation": "listening",
    "offering": "metaphoric",
    "restless": "adaptor",
    "thinking": "adaptor",
    "time": "emblem",
    "tired": "adaptor",
    "touching oneself": "adaptor",
}


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def meanings(lexicon: str, name: str) -> tuple[str, ...]:
    """What a gesture of ``smartbody``, ``talk`` or ``greta`` means; () leaves it out.

    Raises InputError when the lexicon has no entry that the name begins with.
    """
    entries = _table()[lexicon]
    fitting = [begin for begin in entries if name.lower().startswith(begin)]
    if not fitting:
        raise InputError(f"'{name}' is not in the lexicon '{lexicon}': add what it means.")
    return tuple(entries[max(fitting, key=len)])


def vocabulary() -> list[str]:
    """Every meaning that stands in the lexicon, sorted."""
    return sorted({word for entries in _table().values() for e in entries.values() for word in e})
