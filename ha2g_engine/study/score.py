# SPDX-License-Identifier: GPL-3.0-or-later
"""Result files of a study → mean opinion scores, their intervals, and agreement."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ha2g_engine.errors import InputError

FORMAT: Final = "gesture-study-result"
QUESTIONS: Final = ("naturalness", "smoothness", "synchrony")
SCALE: Final = (1, 2, 3, 4, 5)
CONFIDENCE: Final = 0.95
KINDS: Final[dict[type, str]] = {str: "a text", list: "a list", dict: "an object"}


class Rating(NamedTuple):
    """One answer: ``value`` of SCALE by one participant for one clip."""

    participant: str
    speech: str
    system: str
    question: str
    value: int


@dataclass(frozen=True)
class Result:
    """One participant's file."""

    path: Path
    study: str
    participant: str
    systems: tuple[str, ...]
    ratings: tuple[Rating, ...]


@dataclass(frozen=True)
class Opinion:
    """mean and deviation (sample, n - 1) of ``ratings`` answers; low and high: 95 % interval."""

    system: str
    question: str
    mean: float
    deviation: float | None
    low: float | None
    high: float | None
    ratings: int
    raters: int


@dataclass(frozen=True)
class Agreement:
    """Fleiss' kappa over ``clips`` clips with ``raters`` ratings each; None: not defined."""

    question: str
    kappa: float | None
    clips: int
    raters: int
    note: str


@dataclass(frozen=True)
class Report:
    """What ``ha2g study score`` prints."""

    study: str
    participants: int
    opinions: tuple[Opinion, ...]
    agreement: tuple[Agreement, ...]

    def json(self) -> str:
        """Every number, not rounded."""
        return json.dumps(asdict(self) | {"confidence": CONFIDENCE}, indent=2)

    def markdown(self) -> str:
        """Two tables, the notes under them."""
        lines = [
            f"Study {self.study}, {_count(self.participants, 'participant')}.",
            "",
            "| system | question | MOS | SD | 95 % interval | ratings |",
            "|---|---|---:|---:|---:|---:|",
            *map(_opinion_row, self.opinions),
            "",
            "Intervals: t, clustered by participant, cut at the ends of the scale.",
            "",
            "| question | Fleiss' kappa | clips | ratings a clip |",
            "|---|---:|---:|---:|",
            *map(_agreement_row, self.agreement),
            "",
            "Kappa takes the five answers as unordered categories.",
            *dict.fromkeys(a.note for a in self.agreement if a.note),
        ]
        return "\n".join(lines) + "\n"


def score(results: Sequence[Result]) -> Report:
    """Opinions in the order system, question; agreement by question.

    Raises InputError for results of different studies, a participant twice, or no rating.
    """
    _check_together(results)
    ratings = [rating for result in results for rating in result.ratings]
    if not ratings:
        raise InputError("No result holds a rating: nothing can be scored.")
    opinions = [
        opinion([r for r in ratings if (r.system, r.question) == (system, question)])
        for system in results[0].systems
        for question in QUESTIONS
        if any((r.system, r.question) == (system, question) for r in ratings)
    ]
    agree = [agreement(q, [r for r in ratings if r.question == q]) for q in QUESTIONS]
    return Report(results[0].study, len(results), tuple(opinions), tuple(agree))


def opinion(ratings: Sequence[Rating]) -> Opinion:
    """The mean opinion of one system on one question, with its interval.

    One person's ratings are not independent, so the interval is clustered by participant: with R
    raters, n_r ratings of mean m_r by rater r, N ratings of mean M,
    SE² = R / (R - 1) · Σ (n_r (m_r - M))² / N² (Cameron & Miller 2015, A Practitioner's Guide to
    Cluster-Robust Inference, for a mean) and M ± t(R - 1) · SE. Where everyone rated
    equally much this is the ordinary t interval of the R raters' means. None with one rater.
    """
    values = np.array([r.value for r in ratings], float)
    mean = float(values.mean())
    offsets: dict[str, float] = {}
    for rating in ratings:
        offsets[rating.participant] = offsets.get(rating.participant, 0.0) + rating.value - mean
    raters, low, high = len(offsets), None, None
    if raters > 1:
        error = math.sqrt(raters / (raters - 1) * sum(o * o for o in offsets.values()))
        half = float(stdtrit(raters - 1, (1 + CONFIDENCE) / 2)) * error / len(values)
        low, high = max(mean - half, SCALE[0]), min(mean + half, SCALE[-1])
    deviation = float(values.std(ddof=1)) if len(values) > 1 else None
    first = ratings[0]
    return Opinion(first.system, first.question, mean, deviation, low, high, len(values), raters)


def agreement(question: str, ratings: Iterable[Rating]) -> Agreement:
    """Fleiss' kappa of one question, over the clips that equally many people rated.

    Fleiss' kappa needs one number of ratings a clip; the number that most clips have is used
    (the larger of two as frequent), and the note says how many clips that leaves out.
    """
    clips: dict[tuple[str, str], list[int]] = {}
    for rating in ratings:
        clips.setdefault((rating.speech, rating.system), []).append(rating.value)
    numbers = Counter(len(values) for values in clips.values() if len(values) > 1)
    if not numbers:
        note = f"Kappa of {question}: not defined, it needs two ratings of the same clip."
        return Agreement(question, None, 0, 0, note)
    raters = max(numbers, key=lambda n: (numbers[n], n))
    counts = np.array(
        [[values.count(s) for s in SCALE] for values in clips.values() if len(values) == raters]
    )
    kappa, note = fleiss_kappa(counts), ""
    if kappa is None:
        note = f"Kappa of {question}: not defined, all ratings are the same."
    elif len(counts) < len(clips):
        note = (
            f"Kappa of {question}: clips have unequal numbers of raters, so it uses the "
            f"{len(counts)} of {len(clips)} clips that {raters} people rated."
        )
    return Agreement(question, kappa, len(counts), raters, note)


def fleiss_kappa(counts: NDArray[Any]) -> float | None:
    """Agreement beyond chance of n ratings a subject: 1 perfect, 0 as by chance.

    counts: (subjects, categories), how many raters chose the category. None when all ratings
    are the same. Raises InputError when n differs between subjects or is below 2.
    Source: Fleiss 1971, Measuring nominal scale agreement among many raters, Eq. 1-7.
    """
    totals = counts.sum(axis=1)
    n = int(totals[0])
    if n < 2 or (totals != n).any():
        raise InputError(
            "Fleiss' kappa needs the same number of ratings, at least 2, for every clip: "
            f"found {totals.min()} to {totals.max()}."
        )
    agreed = ((counts**2).sum(axis=1) - n) / (n * (n - 1))
    chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return None if chance == 1.0 else (float(agreed.mean()) - chance) / (1 - chance)


def read_results(paths: Sequence[Path]) -> list[Result]:
    """Files, or folders of .json files, in order; raises InputError naming the file and key."""
    files: list[Path] = []
    for path in paths:
        files += sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"'{paths[0]}' holds no .json file with results.")
    return [read_result(file) for file in files]


def read_result(path: Path) -> Result:
    """One participant's file, checked key by key."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"'{path}' is no JSON, perhaps cut short: {error}.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f"'{path}' is no result of a study page: 'format' is not '{FORMAT}'.")
    study, participant = (_get(content, key, str, path) for key in ("study", "participant"))
    systems = tuple(_get(content, "systems", list, path))
    ratings: list[Rating] = []
    seen: set[tuple[str, str]] = set()
    for i, row in enumerate(_get(content, "ratings", list, path)):
        clip = _clip(row, f"ratings[{i}]", systems, path)
        if clip in seen:
            raise InputError(f"'{path}': 'ratings[{i}]' rates the same clip a second time.")
        seen.add(clip)
        ratings += _answers(row, f"ratings[{i}]", participant, clip, path)
    return Result(path, study, participant, systems, tuple(ratings))


def _clip(row: Any, where: str, systems: Sequence[str], path: Path) -> tuple[str, str]:
    if not isinstance(row, dict):
        raise InputError(f"'{path}': '{where}' must be an object.")
    speech, system = (_get(row, key, str, path, f"{where}.") for key in ("speech", "system"))
    if system not in systems:
        raise InputError(f"'{path}': '{where}.system' is '{system}', which is not in 'systems'.")
    return speech, system


def _answers(
    row: dict[str, Any], where: str, participant: str, clip: tuple[str, str], path: Path
) -> list[Rating]:
    """The answered questions of one clip; null stands for not rated."""
    answers: list[Rating] = []
    for question in QUESTIONS:
        value = _get(row, question, object, path, f"{where}.")
        if value is None:
            continue
        if type(value) is not int or value not in SCALE:
            raise InputError(
                f"'{path}': '{where}.{question}' is {json.dumps(value)}, "
                "not a whole number from 1 to 5 (or null)."
            )
        answers.append(Rating(participant, *clip, question, value))
    return answers


def _get(content: dict[str, Any], key: str, kind: type, path: Path, where: str = "") -> Any:
    if key not in content:
        raise InputError(f"'{path}' has no '{where}{key}'.")
    if not isinstance(content[key], kind):
        raise InputError(f"'{path}': '{where}{key}' must be {KINDS[kind]}.")
    return content[key]


def _check_together(results: Sequence[Result]) -> None:
    first, by_participant = results[0], dict[str, Path]()
    for result in results:
        if (result.study, result.systems) != (first.study, first.systems):
            raise InputError(
                f"'{result.path}' is from study {result.study} and '{first.path}' from "
                f"{first.study}: score one study at a time."
            )
        if other := by_participant.get(result.participant):
            raise InputError(
                f"'{other}' and '{result.path}' are both of participant "
                f"'{result.participant}': remove one."
            )
        by_participant[result.participant] = result.path


def _opinion_row(o: Opinion) -> str:
    name = o.system.replace("|", "\\|")
    interval = "–" if o.low is None else f"{o.low:.2f} to {o.high:.2f}"
    spread = f"{_number(o.deviation, 2)} | {interval}"
    return f"| {name} | {o.question} | {o.mean:.2f} | {spread} | {o.ratings} |"


def _agreement_row(a: Agreement) -> str:
    return f"| {a.question} | {_number(a.kappa, 3)} | {a.clips} | {a.raters} |"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"  # no "-0.000"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
