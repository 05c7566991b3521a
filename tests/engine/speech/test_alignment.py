# SPDX-License-Identifier: GPL-3.0-or-later
"""When words are spoken: real speech, judged by its loudness; and what cannot be aligned."""

import itertools
import json
import sys

import numpy as np
import pytest
import soundfile

from ha2g_engine.cli.main import main
from ha2g_engine.errors import Cancelled, InputError
from ha2g_engine.speech import alignment, audio
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.speech.transcript import load_transcript

TEXT = (
    "And so, my fellow Americans, ask not what your country can do for you, "
    "ask what you can do for your country."
)


@pytest.fixture
def said(tmp_path):
    """said(text, name) → a file of it; the aligner is there, or the test is left out."""
    pytest.importorskip("pocketsphinx")

    def write(text, name="said.txt"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def levels(waveform, words):
    """Loudness in dB within the words, and between those that are over 0.4 s apart."""
    gaps = [(a.end, b.start) for a, b in itertools.pairwise(words)]
    wide = [(first + 0.1, last - 0.1) for first, last in gaps if last - first > 0.4]

    def loud(spans):
        pieces = [waveform[int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)] for a, b in spans]
        return 10 * np.log10(np.mean(np.concatenate(pieces) ** 2))

    return loud([(w.start, w.end) for w in words]), loud(wide)


def test_words_are_where_the_voice_is_and_gaps_where_it_is_not(jfk, said):
    words = alignment.align(jfk, said(TEXT))
    assert [word.text for word in words] == TEXT.split()
    assert all(a.end <= b.start + 1e-6 for a, b in itertools.pairwise(words))
    within, between = levels(audio.load_speech(jfk), words)
    assert within - between > 15
    assert sum(word.end - word.start < 0.8 for word in words) == len(words)


@pytest.mark.parametrize("unknown", ["fellowzqx", "fellow" * 900])
def test_a_word_that_no_dictionary_has_stands_between_its_neighbours(jfk, said, unknown):
    before = alignment.align(jfk, said(TEXT))
    words = alignment.align(jfk, said(TEXT.replace("fellow", unknown)))
    assert [word.text for word in words][3] == unknown
    assert before[2].start < words[3].start < words[3].end <= words[4].start + 1e-6
    assert words[-1].end == pytest.approx(before[-1].end, abs=0.1)


def test_phrases_with_times_get_words_with_times(jfk, said):
    srt = (
        "1\n00:00:00,200 --> 00:00:02,300\nAnd so, my fellow Americans,\n\n"
        "2\n00:00:08,000 --> 00:00:10,600\nask what you can do for your country.\n"
    )
    whole = {word.text: word for word in alignment.align(jfk, said(TEXT))}
    words = alignment.align(jfk, said(srt, "said.srt"))
    assert len(words) == 13
    for text in ("fellow", "Americans,", "country."):
        found = next(word for word in words if word.text == text)
        assert found.start == pytest.approx(whole[text].start, abs=0.06)


def test_the_shell_writes_a_transcript_that_the_engine_reads(jfk, said, tmp_path, capsys):
    out = tmp_path / "words.json"
    assert main(["align", str(jfk), str(said(TEXT)), "--out", str(out)]) == 0
    assert "22 words" in capsys.readouterr().out
    assert [word.text for word in load_transcript(out)] == TEXT.split()
    assert len(json.loads(out.read_text())) == 22


def test_a_text_of_another_speech_is_doubted_and_the_right_one_is_not(jfk, said, tmp_path, capsys):
    out = str(tmp_path / "w.json")
    assert main(["align", str(jfk), str(said(TEXT)), "--out", out]) == 0
    assert "is the text what is said" not in capsys.readouterr().err
    other = (
        "Mary had a little lamb, its fleece was white as snow, and everywhere that Mary went the "
        "lamb was sure to go"
    )
    assert main(["align", str(jfk), str(said(other)), "--out", out]) == 0
    assert f"Few of these words are heard in '{jfk}'" in capsys.readouterr().err


def test_what_is_not_said_is_refused(jfk, said):
    with pytest.raises(InputError, match="does not say “zqx wvk”"):
        alignment.align(jfk, said("zqx wvk"))
    with pytest.raises(InputError, match="has no words"):
        alignment.align(jfk, said(" - \n"))


@pytest.fixture(scope="module")
def thrice(jfk, tmp_path_factory):
    """The speech three times, with digital silence between: its file, and how long one is."""
    once = audio.load_speech(jfk)
    pause = np.zeros(2 * SAMPLE_RATE, np.float32)
    path = tmp_path_factory.mktemp("long") / "long.wav"
    soundfile.write(path, np.concatenate([once, pause] * 3), SAMPLE_RATE)
    return path, len(once) / SAMPLE_RATE + 2


def test_plain_text_that_repeats_itself_is_aligned_piece_by_piece(jfk, said, thrice):
    once = alignment.align(jfk, said(TEXT))
    told = []
    path, period = thrice
    words = alignment.align(path, said(" ".join([TEXT] * 3)), lambda part, _: told.append(part))
    assert [word.text for word in words] == 3 * TEXT.split()
    apart = [
        word.start - (once[i % len(once)].start + i // len(once) * period)
        for i, word in enumerate(words)
    ]
    assert np.median(np.abs(apart)) < 0.02
    assert np.percentile(np.abs(apart), 90) < 0.1
    assert np.abs(apart).max() < 0.6  # “what” after a pause begins anywhere in its breath
    assert told == sorted(told)
    assert len(told) > 1


def test_progress_may_stop_it(thrice, said):
    def stop(part, message):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        alignment.align(thrice[0], said(TEXT), stop)


def test_words_that_are_not_said_lead_nobody_astray(jfk, said):
    whole = alignment.align(jfk, said(TEXT))
    wrong = TEXT.replace("Americans", "gardeners").replace("can do for you,", "can paint for you,")
    words = alignment.align(jfk, said(wrong))
    assert [word.text for word in words] == wrong.split()
    apart = np.abs([a.start - b.start for a, b in zip(words, whole, strict=True)])
    assert apart.max() < 0.5
    assert np.median(apart) < 0.02


def test_a_tag_stays_with_its_word(jfk, said, tmp_path):
    tagged = TEXT.replace("ask not", "[shrug] ask [no] not")
    words = alignment.align(jfk, said(tagged))
    assert {word.text: word.tag for word in words if word.tag} == {"ask": "shrug", "not": "no"}
    plain = alignment.align(jfk, said(TEXT))
    assert [word.start for word in words] == [word.start for word in plain]
    for name in ("words.json", "words.srt"):
        out = tmp_path / name
        assert main(["align", str(jfk), str(said(tagged)), "--out", str(out)]) == 0
        read = load_transcript(out)
        assert [(w.text, w.tag) for w in read] == [(w.text, w.tag) for w in words]
        assert [w.start for w in read] == pytest.approx([w.start for w in words], abs=1e-3)


def test_without_the_aligner_it_is_a_sentence(jfk, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    (tmp_path / "said.txt").write_text("one two")
    with pytest.raises(InputError, match="tick Words"):
        alignment.align(jfk, tmp_path / "said.txt")


def test_a_damaged_transcript_is_a_sentence(jfk, tmp_path):
    (tmp_path / "said.json").write_text('[["so", NaN, 1]]')
    (tmp_path / "broken.json").write_text("[[")
    for name in ("said", "broken"):
        with pytest.raises(InputError, match=rf"{name}\.json' is no timed transcript"):
            alignment.align(jfk, tmp_path / f"{name}.json")


def test_a_phrase_beyond_the_end_is_a_sentence(jfk, said):
    with pytest.raises(InputError, match="does not say"):
        alignment.align(jfk, said('[["hello there", 500, 501]]', "said.json"))
