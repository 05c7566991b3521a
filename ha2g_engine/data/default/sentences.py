# SPDX-License-Identifier: GPL-3.0-or-later
"""English sentences for the voices to read, made by a small grammar (our own text).

The grammar varies length, clause structure and where the weight of a sentence falls. A third
of the clauses say something that has a gesture (``gestures/meanings.toml``): negations, questions,
contrasts, numbers and lists, sizes and ways, me, you and we.
"""

from __future__ import annotations

from typing import Final

import numpy as np

SUBJECTS: Final = (
    "my sister", "the captain", "an old friend of mine", "the whole town", "nobody here",
    "the baker", "our neighbour", "every student", "the engineer", "that committee",
    "the man next door", "a young doctor", "the orchestra", "this machine", "the museum",
    "the river", "her brother", "the last train", "some people", "the weather",
)  # fmt: skip
VERBS: Final = (
    "has always believed in", "never talks about", "is looking for", "would love to see",
    "completely ruined", "finally understood", "keeps asking about", "refused to sell",
    "wrote a letter about", "cannot stand", "discovered", "has forgotten", "is proud of",
    "will have to explain", "carefully rebuilt", "gave up", "once painted", "depends on",
)  # fmt: skip
OBJECTS: Final = (
    "the garden", "a simple answer", "the broken bridge", "every single window",
    "a better way of working", "the price of bread", "those ridiculous rules",
    "the mountains in winter", "an enormous green umbrella", "the first chapter",
    "music", "the smallest detail", "a very long journey", "two hundred chairs",
    "the question of money", "something entirely different", "the kitchen", "time",
)  # fmt: skip
TAILS: Final = (
    "", "", "", "in the middle of the night", "for no good reason", "before breakfast",
    "again and again", "without a word", "on the other side of the street", "this year",
    "as far as I can tell", "with both hands", "and nobody noticed", "at least in theory",
    "when the lights went out", "until the very end", "from the beginning", "since Monday",
)  # fmt: skip
OPENERS: Final = (
    "", "", "", "Well, ", "To be honest, ", "Look, ", "First of all, ", "You know, ",
    "On the contrary, ", "Of course, ", "In my experience, ", "And then, ", "So ",
    "Believe me, ", "After a while, ", "No, ", "Yes, ", "Listen: ",
)  # fmt: skip
JOINERS: Final = (
    ", but ", ", and ", ", because ", "; ", ", although ", ", so ", ", while ", ", or else ",
)  # fmt: skip
FIXED: Final = (
    "What do you think?", "I really mean it.", "Not at all!", "That is exactly the point.",
    "How big was it? It was this big!", "Everyone stood up.", "Wait a moment.",
    "You can have the first one, the second one, or both.", "It was not me.",
    "We start here, we go up there, and we come back down.", "Absolutely nothing happened.",
    "Could you say that again?", "I told you so.", "There are three reasons for that.",
    "One: it is cheap. Two: it is fast. Three: it works.", "Never mind.", "Here we are.",
    "I want you to imagine a house, a tree, and a dog.", "Is that all?", "Please sit down.",
)  # fmt: skip
TELLING: Final = (  # what has a gesture; thing, who and count are filled in
    "I don't want {thing}", "we never saw {thing}", "{who} did not come", "nobody needs {thing}",
    "I don't know", "who knows what {who} wanted", "I have no idea about {thing}",
    "why would {who} do that", "what do you make of {thing}", "how did you find {thing}",
    "you know {thing} better than me", "this is mine and not yours", "I gave it to you myself",
    "we built {thing} ourselves", "let's do it together", "our work is all we have",
    "not {thing} but {thing}", "{who} agreed; however, I did not", "take {thing} instead",
    "it was a huge surprise", "an enormous amount of work", "such a tiny little thing",
    "only a small part of {thing}", "prices rise and then they fall", "we climbed up to the top",
    "it all came down in the end", "everything went down", "look up there", "put it down here",
    "{count}: {thing}, {count}: {thing}", "first {thing}, then {thing}",
    "there were {count} of them", "everything depends on it", "all of us saw {thing}",
    "nothing is left", "it was empty", "maybe {who} will come later",
    "perhaps you remember {thing}", "stop right there", "wait, enough", "we must give more",
    "you have to think about {thing}", "tomorrow, not today", "welcome, please",
)  # fmt: skip
COUNTS: Final = ("one", "two", "three", "four", "five")
TOLD: Final = 0.33  # of the clauses say something that has a gesture


def sentence(random: np.random.Generator) -> str:
    """One sentence of one to three clauses, ending in a mark."""
    if random.random() < 0.15:
        return _pick(random, FIXED)
    clauses = [_clause(random) for _ in range(random.choice((1, 1, 2, 2, 3)))]
    text = clauses[0]
    for clause in clauses[1:]:
        text += _pick(random, JOINERS) + clause
    mark = _pick(random, (".", ".", ".", ".", "!", "?"))
    return _capital(_pick(random, OPENERS) + text + mark)


def _clause(random: np.random.Generator) -> str:
    if random.random() < TOLD:
        return _told(random)
    parts = (SUBJECTS, VERBS, OBJECTS, TAILS)
    return " ".join(word for part in parts if (word := _pick(random, part)))


def _told(random: np.random.Generator) -> str:
    """A clause of TELLING, each gap filled anew."""
    text = _pick(random, TELLING)
    for gap, options in (("{thing}", OBJECTS), ("{who}", SUBJECTS), ("{count}", COUNTS)):
        while gap in text:
            text = text.replace(gap, _pick(random, options), 1)
    return text


def _pick(random: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(random.integers(len(options)))]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
