# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts of every form, written by the programs that write them, are the same words."""

import json
from pathlib import Path

import pytest
from shared_folder import ROOT

from ha2g_engine.errors import InputError
from ha2g_engine.speech.transcript import load_transcript, read_transcript

FOLDER = ROOT / "tests" / "fixtures" / "transcripts"
SAID = json.loads((FOLDER / "words.json").read_text("utf-8"))
TIMED = (
    "words.json", "words.tsv", "genea.tsv", "faster_whisper_bom.json", "srt_library.srt",
    "webvtt_library.vtt", "whisper_words.json", "whisper_words.srt", "whisper_words.vtt",
    "textgrid_library.TextGrid", "praat.TextGrid", "praat_short.TextGrid",
)  # fmt: skip


def rows(words):
    return [[word.text, pytest.approx(word.start), pytest.approx(word.end)] for word in words]


@pytest.mark.parametrize("name", TIMED)
def test_words_with_times_of_their_own(name):
    found = read_transcript(FOLDER / name)
    assert rows(found.words) == SAID
    assert found.remark == ""


@pytest.mark.parametrize("form", ["json", "srt", "vtt", "tsv"])
def test_words_of_a_segment_share_its_time_by_their_length(form):
    found = read_transcript(FOLDER / f"whisper_segments.{form}")
    assert f"whisper_segments.{form}' times phrases, not words" in found.remark
    assert [word.text for word in found.words] == [row[0] for row in SAID]
    first, second, third = found.words[:3]
    assert (first.start, first.end) == pytest.approx((0.3, 0.55))  # 3 of 6 letters in 0.5 s
    assert second.end == pytest.approx(0.8)
    assert (third.start, third.end) == pytest.approx((1.0, 1.0 + 1.5 * 4 / 14))
    assert found.words[-1].end == pytest.approx(2.5)


def test_the_suffix_does_not_matter(tmp_path):
    path = tmp_path / "talk.txt"
    path.write_bytes((FOLDER / "praat.TextGrid").read_bytes())
    assert rows(load_transcript(path)) == SAID


def test_plain_text_is_refused_with_what_to_do():
    with pytest.raises(InputError, match=r"whisper_segments\.txt' is text that does not say when"):
        load_transcript(FOLDER / "whisper_segments.txt")


CAPTIONS = """WEBVTT
Kind: captions

NOTE
as YouTube rolls them

00:00:00.300 --> 00:00:00.800 align:start position:0%
[Music]
ask<00:00:00.520><c> not</c>

00:00:00.800 --> 00:00:00.810 align:start position:0%
ask not

00:01.000 --> 00:01.900
ask not
Q<00:00:01.240><c> &amp;A</c>
"""
RECOGNISERS = {
    "transformers": {
        "text": "Ask not",
        "chunks": [
            {"text": " Ask", "timestamp": [0.3, 0.52]},
            {"text": " not", "timestamp": [0.52, None]},
        ],
    },
    "whisper.cpp": {
        "result": {"language": "en"},
        "transcription": [
            {"offsets": {"from": 300, "to": 520}, "text": " Ask"},
            {"offsets": {"from": 520, "to": 520}, "text": " not"},
        ],
    },
    "vosk": {
        "result": [
            {"conf": 1.0, "end": 0.52, "start": 0.3, "word": "Ask"},
            {"conf": 1.0, "end": 0.52, "start": 0.52, "word": "not"},
        ],
        "text": "Ask not",
    },
    "google": [
        {
            "alternatives": [
                {
                    "transcript": "Ask not",
                    "words": [
                        {"start_time": "0.300s", "end_time": "0.520s", "word": "Ask"},
                        {"start_time": "0.520s", "end_time": "0.520s", "word": "not"},
                    ],
                },
                {"transcript": "As knot", "words": []},
            ]
        }
    ],
}


@pytest.mark.parametrize("name", RECOGNISERS)
def test_other_recognisers(tmp_path, name):
    path = tmp_path / "talk.json"
    path.write_text(json.dumps(RECOGNISERS[name]))
    assert rows(load_transcript(path)) == [["Ask", 0.3, 0.52], ["not", 0.52, 0.52]]


def test_a_word_without_time_belongs_to_the_one_before(tmp_path):
    words = [{"word": "in", "start": 1.0, "end": 2.2}, {"word": "2014."}]
    path = tmp_path / "whisperx.json"
    path.write_text(json.dumps({"segments": [{"start": 1, "end": 3, "words": words}]}))
    middle = 1.0 + 1.2 * 2 / 7
    assert rows(load_transcript(path)) == [["in", 1.0, middle], ["2014.", middle, 2.2]]


def test_rolling_captions_say_each_word_once(tmp_path):
    path = tmp_path / "talk.vtt"
    path.write_text(CAPTIONS)
    assert rows(load_transcript(path)) == [
        ["ask", 0.3, 0.52], ["not", 0.52, 0.8], ["Q", 1.0, 1.24], ["&A", 1.24, 1.9],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b'{"names": ["jawOpen"], "frames": [{"weights": [0.1], "time": 0.0}]}',
        b'{"text": "hello"}', b"{}", b"[1, 2]", b'[["a", "b", "c"]]', b"[", b"\x81\x8d\x8f",
        b"WEBVTT\n\nx --> y\nhi\n", b"\xff\xfe\x00",
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n',
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_one_sentence(tmp_path, content):
    path: Path = tmp_path / "talk.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"talk\.json' is no timed transcript") as caught:
        load_transcript(path)
    assert "\n" not in str(caught.value)


def test_silence_is_a_transcript(tmp_path):
    for name, content in (("a.json", "[]"), ("b.vtt", "WEBVTT\n"), ("c.json", '{"segments": []}')):
        (tmp_path / name).write_text(content)
        assert load_transcript(tmp_path / name) == []
