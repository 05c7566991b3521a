"""Words that ask for a gesture, and the plans that give it."""

import tomllib

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


def test_a_question_asks_once_and_other_sentences_do_not():
    assert read("And why would he do that?") == ["question"]
    assert read("He came yesterday?") == ["question"]
    assert read("Is it green?") == ["question"]
    assert read("That is the man who painted it.") == []
    assert read("the man who painted it") == ["question"]  # nothing tells that it is none


def test_not_takes_back_what_it_is_said_of():
    assert read("It is not big.") == ["negation"]
    assert read("It is not, big as it is.") == ["negation", "big"]
    assert read("It isn't a huge thing") == ["negation"]


def test_numbers_and_lists():
    assert read("It cost 20 pounds") == ["counting"]
    assert read("a house, a tree, and a dog") == ["listing", "listing"]
    assert read("a house, a tree, a lake and a dog") == 3 * ["listing"]
    assert read("Well, it was green and red") == []


def test_wordnet_knows_more_words_and_is_less_sure_of_them():
    found = meanings.meant(said("gigantic huge excellent"), [])
    assert [one.meaning for one in found] == ["big", "big", "good"]
    assert found[0].sure < found[1].sure


def test_the_lexicon_takes_no_word_that_was_chosen_by_hand():
    tables = [tomllib.loads(path.read_text("utf-8")) for path in (meanings.TABLE, meanings.LEXICON)]
    hand = {
        phrase for phrases in tables[0].values() if isinstance(phrases, list) for phrase in phrases
    }
    assert not hand & {word for words in tables[1].values() for word in words}
    assert all(0 < sure <= 1 for words in tables[1].values() for sure in words.values())


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
