# SPDX-License-Identifier: GPL-3.0-or-later
"""CMU Sphinx (pocketsphinx, BSD) hears the words of one text, and no others.

Its acoustic model and dictionary are of American English. A decoder with its whole dictionary
takes seconds to expect a text, one with the text's words alone hundredths of one.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path
from typing import Any, Final

import numpy as np

from ha2g_engine.errors import InputError
from ha2g_engine.speech.audio import Array
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.speech.transcript import spelled

from . import pronunciation

FRAMES: Final = 100  # of its, a second
HISS: Final = 3e-4  # of white noise: in digital silence the acoustic model is lost
FREE: Final = {"lw": 10.0, "silprob": 0.05, "fwdflat": False, "bestpath": False}  # of ``heard``
STRICT: Final = {  # of ``in_order``: wide beams, for what is too unlikely for them is never taken
    "silprob": 0.5, "beam": 1e-120, "wbeam": 1e-100, "pbeam": 1e-120,
}  # fmt: skip
SKIPPED: Final = 1e-60  # how likely a word of the text is not said
FOLLOWS: Final = 0.9  # how likely a word comes after those that it comes after in the text
VARIANT: Final = re.compile(r"\(\d+\)$")  # "read(2)": another way to say it
ORDER: Final = 3  # words of a phrase that is expected
LONGEST: Final = 200  # letters of a word that is listened for; the decoder fails beyond some 500


@dataclass(frozen=True)
class Heard:
    """A word, as the dictionary spells it, from ``start`` to ``end`` s."""

    name: str
    start: float
    end: float


class Ear:
    """Hears the words of a text.

    names: of each word what it is called in the dictionary, "" for one that has no sound.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Raises InputError without pocketsphinx."""
        lookup = _decoder().lookup_word
        said: dict[str, list[str]] = {}
        self.names = [_learnt(word, said, lookup) for word in words]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "words.dict"
            path.write_text("".join(_entries(said)), encoding="utf-8")
            model = Path(folder) / "text.arpa"
            model.write_text("".join(_language([n for n in self.names if n])), encoding="utf-8")
            self._free = _decoder(dict=str(path), lm=str(model), **FREE) if said else None
            self._strict = _decoder(dict=str(path), **STRICT) if said else None

    def heard(self, piece: Array) -> list[Heard]:
        """What is said in PIECE (samples,) in words of the text, which are likely in its order."""
        return _said(self._free, piece) if self._free and len(piece) else []

    def in_order(self, piece: Array, names: Sequence[str]) -> list[Heard]:
        """Where in PIECE (samples,) NAMES are said one after the other; some may be left out."""
        if not self._strict or not len(piece) or not names:
            return []
        steps = [(i, i + 1, 1.0, name) for i, name in enumerate(names)]
        skips = [(i, i + 1, SKIPPED) for i in range(len(names))]
        grammar = self._strict.create_fsg("text", 0, len(names), [*steps, *skips])
        self._strict.add_fsg("text", grammar)
        self._strict.activate_search("text")
        return _said(self._strict, piece)


def _decoder(**how: Any) -> Any:
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise InputError(
            "Plain text is aligned by the full engine with pocketsphinx: tick Words in the "
            "add-on's preferences and set it up, or 'pip install pocketsphinx'; a text with times, "
            "such as SRT, needs neither."
        ) from error
    return Decoder(**{"lm": None, "samprate": SAMPLE_RATE, "loglevel": "FATAL", **how})


def _learnt(word: str, said: dict[str, list[str]], lookup: Callable[[str], str | None]) -> str:
    """The name of a WORD, after the ways in which it is said are in SAID; "" if it has none."""
    name = spelled(word).strip("'")
    if len(name) > LONGEST:
        return ""
    if name and name not in said:
        first = lookup(name) or pronunciation.guessed(word, lookup)
        said[name] = [first, *_variants(name, lookup)] if first else []
    return name if said.get(name) else ""


def _variants(name: str, lookup: Callable[[str], str | None]) -> Iterator[str]:
    number = 2
    while phones := lookup(f"{name}({number})"):
        yield phones
        number += 1


def _entries(said: dict[str, list[str]]) -> Iterator[str]:
    """Lines of a dictionary."""
    for name, ways in said.items():
        for number, phones in enumerate(ways, 1):
            yield f"{name}({number}) {phones}\n" if number > 1 else f"{name} {phones}\n"


def _language(names: Sequence[str]) -> Iterator[str]:
    """An ARPA file that expects the text's phrases, and with less luck any of its words."""
    counts = [
        Counter(zip(*(names[i:] for i in range(n)), strict=False)) for n in range(1, ORDER + 1)
    ]
    counts = [found for found in counts if found]
    yield "\\data\\\n"
    for order, found in enumerate(counts, 1):
        yield f"ngram {order}={len(found) + (2 if order == 1 else 0)}\n"
    rare = log10(1 - FOLLOWS)
    for order, found in enumerate(counts, 1):
        yield f"\n\\{order}-grams:\n"
        yield "-99 <s> 0\n-99 </s>\n" if order == 1 else ""
        for phrase, count in sorted(found.items()):
            chance = (
                FOLLOWS * count / counts[order - 2][phrase[:-1]] if order > 1 else 1 / len(found)
            )
            backoff = f" {rare:.4f}" if order < len(counts) else ""
            yield f"{log10(chance):.4f} {' '.join(phrase)}{backoff}\n"
    yield "\n\\end\\\n"


def _said(decoder: Any, piece: Array) -> list[Heard]:
    hiss = np.random.default_rng(0).normal(0, HISS, len(piece))
    samples = np.clip((piece + hiss) * 32767, -32768, 32767).astype("<i2").tobytes()
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    return [
        Heard(VARIANT.sub("", one.word), one.start_frame / FRAMES, (one.end_frame + 1) / FRAMES)
        for one in decoder.seg() or ()
        if one.word[0] not in "<[(+"
    ]
