# SPDX-License-Identifier: GPL-3.0-or-later
"""Words beside a speech, in the forms that the engine reads too (tests/engine/speech)."""

import json

import pytest
from conftest import REPOSITORY

from blender_addon.speech import words

FOLDER = REPOSITORY / "tests" / "fixtures" / "transcripts"
SAID = json.loads((FOLDER / "words.json").read_text("utf-8"))
TIMED = sorted(
    path.name for path in FOLDER.iterdir() if not path.name.startswith("whisper_segments")
)
CAPTIONS = """WEBVTT

00:00:00.300 --> 00:00:00.800 align:start position:0%
[Music]
ask<00:00:00.520><c> not</c>

00:00:00.800 --> 00:00:00.810 align:start position:0%
ask not

00:01.000 --> 00:01.900
ask not
Q<00:00:01.240><c> &amp;A</c>
"""

pytestmark = pytest.mark.once


def beside(tmp_path, name, content):
    """What is read beside talk.wav when talk.SUFFIX-OF-NAME holds CONTENT."""
    (tmp_path / "talk").with_suffix(name[name.rindex(".") :]).write_bytes(content)
    found = words.beside(str(tmp_path / "talk.wav"))
    return [[text, pytest.approx(first), pytest.approx(last)] for text, first, last in found]


@pytest.mark.parametrize("name", TIMED)
def test_every_form_with_words(tmp_path, name):
    assert beside(tmp_path, name, (FOLDER / name).read_bytes()) == SAID


@pytest.mark.parametrize("form", ["json", "srt", "vtt", "tsv"])
def test_words_of_a_segment_share_its_time(tmp_path, form):
    name = f"whisper_segments.{form}"
    found = beside(tmp_path, name, (FOLDER / name).read_bytes())
    assert [row[0] for row in found] == [row[0] for row in SAID]
    assert found[0][1:] == [0.3, 0.55]
    assert found[2][1:] == [1.0, 1.0 + 1.5 * 4 / 14]


def test_rolling_captions_say_each_word_once(tmp_path):
    assert beside(tmp_path, "a.vtt", CAPTIONS.encode()) == [
        ["ask", 0.3, 0.52], ["not", 0.52, 0.8], ["Q", 1.0, 1.24], ["&A", 1.24, 1.9],
    ]  # fmt: skip


def test_what_is_no_transcript_gives_way_to_what_is(tmp_path):
    (tmp_path / "talk.json").write_text('{"names": ["jawOpen"], "frames": []}')
    (tmp_path / "talk.TextGrid").write_bytes(b'File type = "ooTextFile"\n\n0\n')
    assert words.beside(str(tmp_path / "talk.wav")) == ()
    assert beside(tmp_path, "a.srt", (FOLDER / "srt_library.srt").read_bytes()) == SAID


@pytest.mark.parametrize(
    "content", [b"", b"plain text", b"[1, 2]", b"{}", b"\x81\x8d", b"a\tb", b'[["a", NaN, 1]]']
)
def test_anything_else_is_no_words(tmp_path, content):
    assert beside(tmp_path, "a.json", content) == []
