# SPDX-License-Identifier: GPL-3.0-or-later
"""Words by the frame they start in."""

import os
import time

import pytest

from ha2g_engine.errors import InputError
from ha2g_engine.speech.transcript import UNKNOWN, Word, indexed, load_transcript, word_frames
from ha2g_engine.training.vocabulary import SPECIAL


@pytest.mark.parametrize("time", ["NaN", "Infinity", "1e999"])
def test_a_time_that_is_no_number_is_one_sentence(tmp_path, time):
    path = tmp_path / "words.json"
    for row in (f'["so", {time}, 0.4]', f'["so", 0.2, {time}]'):
        path.write_text(f"[{row}]")
        with pytest.raises(InputError, match=r"words\.json' is no timed transcript"):
            load_transcript(path)


@pytest.mark.parametrize("apostrophe", "'’")
def test_a_contraction_is_found_as_the_vocabulary_spells_it(apostrophe):
    words = [Word(f"{text}{apostrophe}{end}", k / 15, 1) for k, (text, end) in
             enumerate((("Don", "t"), ("I", "m"), ("we", "ll,")))]  # fmt: skip
    assert word_frames(words, indexed([*SPECIAL, "dont", "im"]), 4).tolist() == [4, 5, UNKNOWN, 0]


def test_words_with_their_apostrophes_come_first():
    words = [Word("we're", 0, 1), Word("were", 1 / 15, 1)]
    assert word_frames(words, indexed([*SPECIAL, "were", "we're"]), 2).tolist() == [5, 4]


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 1_000_000,
        b'{"segments": ' + b"[" * 100_000,
        b'[["a", 1e308, 1e308]]',
        b'[["a", -1e300, 0]]',
        b'{"words": [{"word": "a", "start": {}, "end": []}]}',
        b"WEBVTT\n\n99999999:00:00.000 --> 99999999:00:01.000\nhello\n",
        b"\xff\xfe\x00",
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n',
    ],
)
def test_a_damaged_transcript_is_one_sentence(tmp_path, content):
    path = tmp_path / "words"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_transcript(path)
    assert "\n" not in str(caught.value)


def test_brackets_that_never_close_take_no_time(tmp_path):
    path = tmp_path / "words.tsv"
    path.write_text("a" + "[" * 200_000 + "\t0.1\t0.2\n")
    began = time.perf_counter()
    assert len(load_transcript(path)) == 1
    assert time.perf_counter() - began < 2.0


def test_a_transcript_of_gigabytes_is_not_read(tmp_path):
    path = tmp_path / "words.srt"
    path.touch()
    os.truncate(path, 10 << 30)
    with pytest.raises(InputError, match="10240 MB, and at most 16 are read"):
        load_transcript(path)
