# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags in transcripts are read as the add-on reads them (tests/addon/operators)."""

import json

import pytest
from shared_folder import ROOT

from ha2g_engine.errors import InputError
from ha2g_engine.speech import timed_text
from ha2g_engine.speech.transcript import Word, read_transcript, words_of_rows

CASES = json.loads((ROOT / "tests/fixtures/tagged_transcripts.json").read_text("utf-8"))


@pytest.mark.parametrize(("content", "expected"), CASES)
def test_tags_are_of_the_next_word(tmp_path, content, expected):
    path = tmp_path / "said.any"
    path.write_text(content, encoding="utf-8")
    assert [list(word.row) for word in read_transcript(path).words] == expected


def test_a_text_that_begins_with_a_tag_is_no_json(tmp_path):
    path = tmp_path / "said.txt"
    path.write_text("[shrug] I don't [no] know")
    with pytest.raises(timed_text.NoTimes):
        timed_text.spans(path)
    path.write_text("[true")
    with pytest.raises(ValueError, match="Expecting"):
        timed_text.spans(path)


def test_rows_are_words_and_words_rows():
    words = (Word("I", 0.5, 0.75, "shrug"), Word("know", 0.75, 1.0))
    assert words_of_rows([word.row for word in words]) == words


@pytest.mark.parametrize(
    "rows", [3, [1], [["a", 1]], [["a", "b", 1]], [["a", 0, float("nan")]], [["a" * 2000, 0, 1]],
             [[None, 0, 1]]]
)  # fmt: skip
def test_other_rows_are_refused(rows):
    with pytest.raises(InputError, match="words"):
        words_of_rows(rows)


def test_subtitles_of_words_keep_their_times(tmp_path):
    rows = [("[no] a", 0.0, 0.25), ("b", 59.9996, 3725.5)]
    path = tmp_path / "said.srt"
    path.write_text(timed_text.srt(rows))
    found = [word.row for word in read_transcript(path).words]
    assert found == [("[no] a", 0.0, 0.25), ("b", 60.0, 3725.5)]
