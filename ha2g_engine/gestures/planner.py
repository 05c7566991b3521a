# SPDX-License-Identifier: GPL-3.0-or-later
"""Accents of speech → a plan: which of them strokes, with which gesture, and when people turn.

Not every accent strokes: gestures come every second or two, on the weightiest syllables (McNeill
1992), and no gesture comes twice in a row. Hands hold after a stroke and go home in pauses
(Kendon 2004). Posture shifts come with new phrases (Cassell et al. 2001).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.errors import InputError
from ha2g_engine.speech.prosody import PAUSE, Accent

from .meanings import Meant
from .plan import LEAD, RISE, SIZES, SUSTAIN, TURNS, Plan, Stroke, Turn, check_number
from .repertoire import Facts, Repertoire
from .tags import asked, similar

Array = NDArray[np.float64]

GAP: Final = (0.9, 1.05)  # s between two strokes at least, drawn for each
NEXT: Final = 0.6  # s between two strokes that tags ask for, at least
SKIPPED: Final = 0.1  # of the accents within a phrase get none although there is time
LEVEL_RANGE: Final = (-14.0, 0.0)  # dB, accents from soft to loud
SIZE: Final = (1.0, 1.25)  # of a soft and a loud gesture
SAID: Final = 0.95  # of one that says a word: too large it would say another
HABIT: Final = 0.12  # by how much size and tempo differ from stroke to stroke
MEMORY: Final = 4  # strokes after which a gesture may come again
BEFORE_PHRASE: Final = 0.3  # s before the accent that begins it, people turn
TURN_SHARE: Final = 0.5  # of the other strokes come with a turn
LONGEST_STILL: Final = 3.5  # s without a turn
EARLIEST: Final = 0.5  # s, when the first stroke can be: hands need time to rise
LARGE: Final = 0.5  # m, a gesture that comes up as often as its kind; smaller ones less …
HUGE: Final = 0.72  # m, hands about the face: larger ones are for words that ask for them
VARIETY: Final = 5.0  # the less a gesture is like the last ones, the more often it comes next
UNLIKE: Final = 5.3  # distance of codes, of two drawn at random: enough
LIKENED: Final = 2  # strokes that it is likened to
LIKING: Final = 0.35  # how much a person prefers gestures that are their own
LEAST: Final = 1e-6  # weight of a gesture that never comes up but by its word
END: Final = 1.6  # s before the end of a take hands start home, so as not to stop in the air
ROUNDING: Final = 1e-6  # of a share
SETTLED: Final = 0.4  # s a stroke holds at least
UNHEARD: Final = 5.0  # dB, by which others than the loudest accents stroke: it is meaning, too
FOREMOST: Final = 4.0  # times more often a gesture says what it means first of all
KINDS: Final = {  # how often each kind comes up in talk whose words are not known
    "beat": 1.0,
    "metaphoric": 1.2,
    "iconic": 0.8,
    "deictic": 0.4,
    "emblem": 0.08,
}


@dataclass(frozen=True)
class Taste:
    """What a person prefers.

    hands: share of strokes by the left hand, the right and both. likes: (CODE,) direction in the
    space of codes; gestures that way come up more often.
    """

    hands: tuple[float, float, float] = (0.2, 0.3, 0.5)
    likes: Array | None = None

    def weights(self, repertoire: Repertoire) -> Array:
        """(W,) how often each way comes up, summing to 1."""
        kinds = np.array([KINDS.get(fact.kind, 0.0) for fact in repertoire.facts])
        sizes = np.array([fact.size for fact in repertoire.facts])
        fitting = np.minimum(sizes / LARGE, 1) ** 1.5 * np.minimum(HUGE / sizes, 1) ** 6
        weight = kinds / self._ways_a_gesture(repertoire) * fitting
        if self.likes is not None:
            weight = weight * np.exp(LIKING * np.tanh(repertoire.codes @ self.likes))
        for hands, share in zip(("left", "right", "both"), self.hands, strict=True):
            those = np.array([fact.hands == hands for fact in repertoire.facts])
            weight[those] *= share / max(weight[those].sum(), 1e-9)
        return np.asarray(weight / weight.sum())

    def _ways_a_gesture(self, repertoire: Repertoire) -> Array:
        names = [(fact.way.name, fact.hands) for fact in repertoire.facts]
        ways = Counter(names)
        return np.array([ways[name] for name in names], float)


def drawn(
    accents: Sequence[Accent],
    pauses: Sequence[tuple[float, float]],
    seconds: float,
    repertoire: Repertoire,
    random: np.random.Generator,
    taste: Taste = Taste(),
    meant: Sequence[Meant] = (),
    any_share: float = 0.0,
    said_share: float = 1.0,
) -> Plan:
    """A plan for a speech of ``seconds`` s with such accents and pauses (s).

    meant: what words ask for; they take the place of strokes too near to them. any_share: of the
    other strokes that are any gesture of all, alike, so that a network learns each of them.
    said_share: of what words ask for, the surest first; what a [tag] asks for comes anyhow.
    Raises InputError for a repertoire without any gesture that goes with talk.
    """
    if not any(fact.kind in KINDS for fact in repertoire.facts):
        raise InputError("The model knows no gesture that goes with speech.")
    chosen = _stroking(accents, seconds, random)
    weights = taste.weights(repertoire)
    spoken = _spoken(meant, repertoire, said_share)
    chosen = _with_words(chosen, spoken)
    even = np.ones(len(weights)) / len(weights)
    pauses = [*pauses, (seconds - END, np.inf)]
    strokes: list[Stroke] = []
    for i, accent in enumerate(chosen):
        following = chosen[i + 1].time if i + 1 < len(chosen) else np.inf
        likely = even if any_share and random.random() < any_share else weights
        meaning = spoken.get(accent.time, "")
        fitting = _saying(repertoire, meaning, likely)
        fact = unlike(repertoire, fitting, strokes[-MEMORY:], random)
        stroke = _performed(fact, accent, random)
        stroke = replace(stroke, size=SAID) if meaning else stroke
        strokes.append(replace(stroke, until=_sinking(accent.time, following, pauses)))
    return Plan(tuple(strokes), tuple(_turns(chosen, seconds, random)))


def another(
    plan: Plan, number: int, repertoire: Repertoire, seed: int, taste: Taste = Taste()
) -> Plan:
    """The plan with another gesture for stroke ``number``.

    Raises InputError when there is no such stroke.
    """
    shown = plan.shown()
    check_number(number, shown)
    near = shown[max(0, number - 1) : number + 2]
    random = np.random.default_rng([seed, number])
    fact = unlike(repertoire, taste.weights(repertoire), near, random)
    return plan.with_exchanged(number, replace(shown[number], way=fact.way))


def meaning(
    repertoire: Repertoire,
    said: str,
    taste: Taste,
    others: Sequence[Stroke],
    random: np.random.Generator,
) -> str:
    """The name of a gesture with the meaning ``said``, "" for any, unlike ``others``.

    Raises InputError for a meaning that no gesture has.
    """
    known = {one for fact in repertoire.facts for one in fact.meanings}
    if said and said not in known:
        raise InputError(
            f"This model knows no gesture '{said}': name one of its gestures, or what it means, "
            f"such as {', '.join(similar(said, repertoire))}."
        )
    fitting = _saying(repertoire, said, taste.weights(repertoire))
    return unlike(repertoire, fitting, others[-MEMORY:], random).way.name


def _stroking(
    accents: Sequence[Accent], seconds: float, random: np.random.Generator
) -> list[Accent]:
    """The accents that stroke, in order of time: first those that begin a phrase, then loud ones.

    The others become beats of the ones before.
    """
    kept: list[Accent] = []
    latest = seconds - END - SETTLED
    possible = [accent for accent in accents if EARLIEST <= accent.time <= latest]
    felt = [accent.level + UNHEARD * random.normal() for accent in possible]
    order = sorted(zip(felt, possible, strict=True), key=lambda one: (not one[1].initial, -one[0]))
    for _, accent in order:
        gap, skipped = random.uniform(*GAP), random.random() < SKIPPED
        free = all(abs(accent.time - other.time) >= gap for other in kept)
        if free and (accent.initial or not skipped):
            kept.append(accent)
    return sorted(kept, key=lambda a: a.time)


def _spoken(meant: Sequence[Meant], repertoire: Repertoire, share: float = 1.0) -> dict[float, str]:
    """What is said when, where there is a gesture for it: of two too near the surer.

    Of what is not tagged the surest SHARE.
    """
    forced = _forced(meant, repertoire)
    known = {meaning for fact in repertoire.facts for meaning in fact.meanings}
    kept: dict[float, str] = {}
    for one in sorted(meant, key=lambda one: (-one.sure, one.time)):
        late = all(abs(one.time - time) >= GAP[0] for time in (*forced, *kept))
        if late and one.time >= EARLIEST and one.meaning in known and not one.tagged:
            kept[one.time] = one.meaning
    surest = list(kept)[: ceil(share * len(kept) - ROUNDING)]
    return forced | {time: kept[time] for time in surest}


def _forced(meant: Sequence[Meant], repertoire: Repertoire) -> dict[float, str]:
    """What tags ask for, as soon as hands can after the one before."""
    found: dict[float, str] = {}
    free = EARLIEST
    for one in sorted(meant, key=lambda one: one.time):
        if one.tagged and (name := asked(one.meaning, repertoire)):
            time = max(one.time, free)
            found[time], free = name, time + NEXT
    return found


def _with_words(accents: Sequence[Accent], spoken: Mapping[float, str]) -> list[Accent]:
    """The accents and, in place of those too near, one for each thing that is said."""
    free = [a for a in accents if all(abs(a.time - time) >= GAP[0] for time in spoken)]
    level = float(np.mean([a.level for a in accents])) if accents else LEVEL_RANGE[1]
    at = {a.time: a for a in accents}
    said = [at.get(time, Accent(time, level, initial=False)) for time in spoken]
    return sorted([*free, *said], key=lambda a: a.time)


def _saying(repertoire: Repertoire, meaning: str, weights: Array) -> Array:
    """The ways that mean or are it, those of the foremost meaning first; all ways for ""."""
    if not meaning:
        return weights
    says = np.array([(meaning in f.meanings) + (f.meanings[:1] == (meaning,)) * FOREMOST
                     + (f.way.name == meaning) for f in repertoire.facts], float)  # fmt: skip
    return np.asarray(says * np.sqrt(weights + LEAST))


def unlike(
    repertoire: Repertoire,
    weights: Array,
    before: Sequence[Stroke],
    random: np.random.Generator,
) -> Facts:
    """A way of gesturing, drawn by ``weights`` (W,), that none of the strokes ``before`` shows."""
    used = {stroke.way.name for stroke in before}
    fresh = np.array([fact.way.name not in used for fact in repertoire.facts])
    left = weights * fresh
    if before:
        codes = np.stack([repertoire.code(stroke.way) for stroke in before[-LIKENED:]])
        apart = np.linalg.norm(repertoire.codes[:, None] - codes, axis=-1)
        left = left * np.minimum(apart.min(axis=1), UNLIKE) ** VARIETY
    if not left.sum() > 0:
        left = weights
    return repertoire.facts[int(random.choice(len(left), p=left / left.sum()))]


def _performed(fact: Facts, accent: Accent, random: np.random.Generator) -> Stroke:
    low, high = LEVEL_RANGE
    loudness = float(np.clip((accent.level - low) / (high - low), 0, 1))
    size = SIZE[0] + (SIZE[1] - SIZE[0]) * loudness + HABIT * np.tanh(random.normal())
    size = min(float(size), SIZES[1])
    tempo = 1 + HABIT * np.tanh(random.normal())
    return Stroke(round(accent.time, 3), fact.way, round(size, 3), round(float(tempo), 3))


def _sinking(time: float, following: float, pauses: Sequence[tuple[float, float]]) -> float | None:
    """When the hands start back to rest; None when the next gesture comes first."""
    silence = min((start for start, end in pauses if end > time), default=np.inf)
    sink = max(min(silence + 0.25 * PAUSE, time + SUSTAIN), time + SETTLED)
    return None if following - RISE[0] < sink + 0.2 else round(float(sink), 3)


def _turns(strokes: Sequence[Accent], seconds: float, random: np.random.Generator) -> list[Turn]:
    """At phrases, with some strokes, and wherever nobody would turn for long."""
    wanted = [
        accent.time - BEFORE_PHRASE
        for accent in strokes
        if accent.initial or random.random() < TURN_SHARE
    ]
    times = [0.0]
    for time in [*wanted, seconds]:
        while time - times[-1] > LONGEST_STILL:
            times.append(times[-1] + random.uniform(0.6, 1.0) * LONGEST_STILL)
        if time < seconds and time > times[-1] + LEAD:
            times.append(time)
    return [Turn(round(t, 3), tuple(random.normal(0, 1, TURNS).round(3).tolist())) for t in times]
