"""Words that ask for a gesture, and the plans that give it."""

import numpy as np
import pytest
from tiny_repertoire import tiny_repertoire

from ha2g_engine.gestures import meanings, planner
from ha2g_engine.gestures.meanings import Meant
from ha2g_engine.gestures.repertoire import Facts, Repertoire, Way
from ha2g_engine.speech.prosody import Accent
from ha2g_engine.speech.transcript import Word


def said(text, pace=0.4):
    return [Word(w, i * pace, i * pace + pace) for i, w in enumerate(text.split())]


def read(text):
    return [one.meaning for one in meanings.meant(said(text), [])]


def test_words_and_phrases_are_read():
    assert read("Ask NOT, my huge friend.") == ["negation", "me", "big"]
    assert read("You don't know that") == ["you", "don't know"]
    assert read("the table was green") == []


def test_a_gesture_falls_on_the_words_loudest_accent():
    accents = [Accent(0.95, -9.0, initial=False, beats=(1.05,)), Accent(1.1, -2.0, initial=False)]
    found = meanings.meant([Word("never", 0.9, 1.2), Word("up", 3.0, 3.5)], accents)
    assert [(one.time, one.meaning) for one in found] == [
        (1.1, "negation"),
        (pytest.approx(3.2), "up"),
    ]


def repertoire():
    plain = tiny_repertoire()
    more = [Facts(Way(f"m{i}"), "both", "emblem", (m,), (), 0.5)
            for i, m in enumerate(("negation", "big"))]  # fmt: skip
    return Repertoire((*plain.facts, *more), np.concatenate([plain.codes, plain.codes[:2] + 1]))


def test_what_is_said_is_shown_and_the_rest_stays_in_time():
    known, accents = repertoire(), [Accent(1 + 1.5 * i, -3.0, initial=False) for i in range(12)]
    meant = [Meant(4.1, "negation"), Meant(10.0, "big"), Meant(10.5, "big"), Meant(13.0, "up")]

    def times(words):
        plan = planner.drawn(accents, (), 20.0, known, np.random.default_rng(2), meant=words)
        return {stroke.time: stroke.way.name for stroke in plan.strokes}

    plain, worded = times([]), times(meant)
    assert worded[4.1] == "m0"
    assert worded[10.0] == "m1"
    assert "m0" not in plain.values()
    assert set(worded) - {4.1, 10.0} <= set(plain)
    near = [t for t in plain if min(abs(t - 4.1), abs(t - 10.0)) < planner.GAP[0]]
    assert set(plain) - set(worded) <= set(near)


def test_the_same_word_twice_is_the_same_gesture_where_there_is_but_one():
    meant = [Meant(3.0, "big"), Meant(6.0, "big")]
    plan = planner.drawn((), (), 9.0, repertoire(), np.random.default_rng(0), meant=meant)
    assert [stroke.way.name for stroke in plan.strokes] == ["m1", "m1"]
