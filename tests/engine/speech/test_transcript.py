# SPDX-License-Identifier: GPL-3.0-or-later
"""Words by the frame they start in."""

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
