# SPDX-License-Identifier: GPL-3.0-or-later
"""[tags] in a text: which gesture each asks for, and the plans that give it."""

import numpy as np
import pytest
from tiny_repertoire import tiny_repertoire

from ha2g_engine.errors import InputError
from ha2g_engine.gestures import edits, meanings, planner, tags
from ha2g_engine.gestures.plan import Plan
from ha2g_engine.gestures.repertoire import Facts, Repertoire, Way
from ha2g_engine.speech.prosody import Accent
from ha2g_engine.speech.transcript import Word, words_of

TASTE = planner.Taste()
NAMES = {"ha2g/thumb_up": "good", "who_knows": "don't know", "sweep": "negation", "wide": "big"}


@pytest.fixture(scope="module")
def known():
    plain = tiny_repertoire()
    more = [Facts(Way(n), "both", "said", (m,), (), 0.5) for n, m in NAMES.items()]
    codes = np.concatenate([plain.codes, plain.codes[: len(more)] + 1])
    return Repertoire((*plain.facts, *more), codes)


@pytest.mark.parametrize(
    ("tag", "asked"),
    [
        ("negation", "negation"), ("No", "negation"), ("shrug", "don't know"),
        ("Don’t  know", "don't know"), ("huge", "big"), ("ha2g/thumb_up", "ha2g/thumb_up"),
        ("thumb up", "ha2g/thumb_up"), ("wide", "big"), ("sweep", "sweep"), ("applause", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_tag_is_a_meaning_a_word_of_the_lexicon_or_a_gesture(known, tag, asked):
    assert tags.asked(tag, known) == asked


def test_an_unknown_tag_is_a_sentence_with_near_ones_and_a_noise_is_none(known):
    words = words_of([("[shurg] I [applause] do not [xq] know [shrug] it [xq] at", 0.0, 3.0)])
    first, second = tags.remarks(words, known)
    assert "[shurg]" in first
    assert "[shrug]" in first.partition(":")[2]
    assert second == "No gesture is called [xq]: try [shrug], [no], [big]."


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("No", {"sweep"}), ("huge", {"wide"}), ("shrug", {"who_knows"}),
        ("thumb up", {"ha2g/thumb_up"}), ("negation", {"sweep"}), ("g3", {"g3"}),
        ("", {f"g{i}" for i in range(8)}),
    ],
)  # fmt: skip
def test_a_stroke_is_asked_for_by_what_a_tag_is(known, said, names):
    plan = edits.changed(Plan(()), {"do": "add", "time": 2.0, "gesture": said}, known, TASTE)
    assert plan.shown()[0].way.name in names


def test_a_gesture_that_is_unknown_is_a_sentence_with_near_ones(known):
    with pytest.raises(InputError, match=r"no gesture 'shurg'.*such as .*shrug"):
        edits.changed(Plan(()), {"do": "add", "time": 2.0, "gesture": "shurg"}, known, TASTE)


def test_tags_are_of_the_next_word_and_a_last_one_of_the_last():
    words = words_of(
        [("[shrug] I don't [no] know [big]", 0.0, 2.0), ("", 2, 3), ("ever [up]", 3, 4)]
    )
    assert [(word.text, word.tag) for word in words] == [
        ("I", "shrug"), ("don't", ""), ("know", "no"), ("ever", "big"),
    ]  # fmt: skip


def drawn(known, text, share=1.0, pace=0.5, seed=0):
    words = words_of([(text, 1.0, 1.0 + pace * len(text.split()))])
    accents = [Accent(1 + 1.5 * i, -3.0, initial=False) for i in range(8)]
    found = meanings.meant(words, [])
    random = np.random.default_rng(seed)
    return planner.drawn(accents, (), 20.0, known, random, meant=found, said_share=share)


@pytest.mark.parametrize("seed", range(5))
def test_a_tag_forces_its_gesture_whatever_the_share_of_words(known, seed):
    plan = drawn(known, "[shrug] I am at the garden [thumb up] with my old friend", 0.0, seed=seed)
    names = [stroke.way.name for stroke in plan.strokes if stroke.way.name in NAMES]
    assert names == ["who_knows", "ha2g/thumb_up"]


def test_a_tagged_word_means_nothing_else_and_near_tags_come_one_after_the_other(known):
    plan = drawn(known, "[shrug] I don't [no] know", pace=0.3)
    times = {s.way.name: s.time for s in plan.strokes if s.way.name in NAMES}
    assert list(times) == ["who_knows", "sweep"]
    assert times["sweep"] - times["who_knows"] >= planner.NEXT


def test_word_gestures_grow_with_their_share_the_surest_first(known):
    text = "no one was at it huge and not at all was it huge so nobody was there maybe no"
    counts, before = [], set()
    for share in (0.0, 0.3, 0.6, 1.0):
        plan = drawn(known, text, share, pace=0.8)
        said = {stroke.time for stroke in plan.strokes if stroke.way.name in NAMES}
        assert before <= said
        before = said
        counts.append(len(said))
    assert counts[0] == 0
    assert counts == sorted(set(counts))


def test_a_word_without_stress_is_less_sure_and_a_phrase_surer_than_its_word():
    stress = [Accent(0.2, -2.0, initial=False)]
    (loud,), (soft,) = (meanings.meant([Word("huge", 0.0, 0.4)], a) for a in (stress, []))
    assert loud.sure > soft.sure
    (phrase,) = meanings.meant(words_of([("don't know", 0.0, 0.5)]), [])
    (word,) = meanings.meant(words_of([("don't", 0.0, 0.5)]), [])
    assert (phrase.word, phrase.count) == (0, 2)
    assert phrase.sure > word.sure
