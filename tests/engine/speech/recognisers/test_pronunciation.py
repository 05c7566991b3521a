# SPDX-License-Identifier: GPL-3.0-or-later
"""How words are said that the dictionary does not have, against what it says of those it has."""

import difflib

import pytest

from ha2g_engine.speech.recognisers import pronunciation

DICTIONARY = {
    "rain": "R EY N", "coat": "K OW T", "baker": "B EY K ER", "church": "CH ER CH",
    "cat": "K AE T", "b.": "B IY", "c.": "S IY", "nineteen": "N AY N T IY N", "four": "F AO R",
    "eighty": "EY T IY",
}  # fmt: skip


def guessed(word):
    return pronunciation.guessed(word, DICTIONARY.get)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("raincoat", "R EY N K OW T"),
        ("rain-coat,", "R EY N K OW T"),
        ("baker's", "B EY K ER Z"),
        ("cats", "K AE T S"),
        ("churchs", "CH ER CH AH Z"),
        ("BBC", "B IY B IY S IY"),
        ("1984", "N AY N T IY N EY T IY F AO R"),
        ("café", "K AE F EY"),
        ("Привет", ""),
        ("—", ""),
    ],
)
def test_compounds_endings_abbreviations_and_numbers(word, phones):
    assert guessed(word) == phones


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"), (13, "thirteen"), (40, "forty"), (99, "ninety nine"),
        (1900, "one thousand nine hundred"),
        (2014, "two thousand fourteen"), (1_000_001, "one million one"),
        (10**12, "one zero zero zero zero zero zero zero zero zero zero zero zero"),
    ],
)  # fmt: skip
def test_numbers_in_words(number, words):
    assert " ".join(pronunciation.numbered(number)) == words


def test_letters_sound_about_as_the_dictionary_says():
    """Of words that are looked up nowhere, compared phone by phone with CMUdict."""
    pocketsphinx = pytest.importorskip("pocketsphinx")
    known = pocketsphinx.Decoder(lm=None, loglevel="FATAL").lookup_word
    words = (
        "sister", "captain", "garden", "bridge", "window", "letter", "mountain", "umbrella",
        "chapter", "music", "detail", "journey", "kitchen", "question", "engineer",
    )  # fmt: skip
    alike = [
        difflib.SequenceMatcher(
            None, known(word).split(), pronunciation.guessed(word, {}.get).split()
        ).ratio()
        for word in words
    ]
    assert sum(alike) / len(alike) > 0.6
