# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts in the forms that the engine reads, as words with times. No bpy, no libraries.

The engine reads subtitles and TextGrids with libraries that Blender does not have; tests hold
both to the same words. Which form a text has is seen in its content.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

Word = tuple[str, float, float]  # text, first and last second

TAG: Final = re.compile(r"<[^<>]*>")
BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]")  # "[shrug]" before a word, or "[applause]"
MARKUP: Final = re.compile(r"\s*\[[^\W\d][^\[\]{}\",:]*\]")  # begins a text, which is no JSON then
STAMP: Final = re.compile(r"<(\d[\d:]*\.\d+)>")  # when the next word of a VTT cue begins
CUE: Final = re.compile(  # looked for where a number begins alone: one may go on for pages
    r"(?<![\d:])(\d[\d:]*[.,]\d+)\s+-->\s+(\d[\d:]*[.,]\d+).*\n((?:.*\S.*\n?)*)"
)
SILENCE: Final = frozenset(("sil", "sp", "spn", "<eps>", "<p:>", "<sil>", "#"))
WORD_TIER: Final = re.compile(r"(\b|_)(words?|ort(-mau)?)$", re.IGNORECASE)
PRAAT: Final = re.compile(r'"((?:[^"]|"")*)"|(?<!\S)(-?[\d.]+(?:e-?\d+)?)(?!\S)')
SEGMENTS: Final = ("segments", "chunks", "transcription", "results", "result", "alternatives")
TEXTS: Final = ("word", "text", "transcript")
TIMES: Final = (("start", "start_time", "startTime"), ("end", "end_time", "endTime"))


DAMAGE: Final = (  # what is raised for texts that are not what they look like
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip


class NoTimes(ValueError):
    """Text that does not say when it is spoken."""


def words(content: bytes) -> tuple[Word, ...]:
    """The words of a transcript; segments share their time among theirs by length.

    Raises NoTimes for plain text, one of DAMAGE for anything else.
    """
    return tuple((text, first, last) for text, _, first, last in _parts(content))


def tagged(content: bytes) -> tuple[Word, ...]:
    """As ``words``, each with the [tag] that asks for a gesture there in front."""
    return tuple((marked(text, tag), first, last) for text, tag, first, last in _parts(content))


def marked(text: str, tag: str) -> str:
    """A word with its tag, as a text has it."""
    return f"[{tag}] {text}" if tag else text


def unmarked(text: str) -> tuple[str, str]:
    """The reverse of ``marked``."""
    found = BRACKETS.match(text)
    return (text[found.end() :].strip(), found[1].strip()) if found else (text, "")


def plain(content: bytes) -> str:
    """The text of a file. Raises ValueError for one that holds none."""
    return _decoded(content).replace("\r\n", "\n")


def _parts(content: bytes) -> list[tuple[str, str, float, float]]:
    """Words, their tags, first and last seconds."""
    text = plain(content)
    if "ooTextFile" in text[:200]:
        found = _of_textgrid(text)
    elif text.lstrip()[:1] in ("[", "{") and not _is_marked(text):
        found = _of_json(json.loads(text))
    elif "-->" in text:
        found = _of_cues(text)
    else:
        found = _of_table([line.split("\t") for line in text.splitlines() if line.strip()])
    return _spread(found)


def _is_marked(text: str) -> bool:
    """Whether TEXT is no JSON, but begins with a tag."""
    try:
        json.loads(text)
    except ValueError:
        return MARKUP.match(text) is not None
    return False


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _spread(spans: Iterable[Word]) -> list[tuple[str, str, float, float]]:
    """The words of spans: a tag is of the next word, the last one of the last word."""
    found: list[tuple[str, str, float, float]] = []
    waiting = ""
    for text, first, last in spans:
        if not math.isfinite(first) or not math.isfinite(last) or "\0" in text:
            raise ValueError(text)
        text.encode()  # half a surrogate pair, which JSON may hold, is no text for Blender
        parts: list[tuple[str, str]] = []
        for number, part in enumerate(BRACKETS.split(text)):
            if number % 2:
                waiting = part.strip() or waiting
            for word in () if number % 2 else part.split():
                if re.search(r"\w", word):
                    parts.append((word, waiting))
                    waiting = ""
        found += _shared(parts, first, last)
    if found and waiting and not found[-1][1]:
        word, _, first, last = found[-1]
        found[-1] = word, waiting, first, last
    return found


def _shared(
    parts: list[tuple[str, str]], first: float, last: float
) -> Iterator[tuple[str, str, float, float]]:
    letters = sum(len(word) for word, _ in parts)
    for word, tag in parts:
        end = first + (last - first) * len(word) / letters
        yield word, tag, first, end
        first, letters = end, letters - len(word)


def srt(words: Iterable[Word]) -> str:
    """SRT of the words, each a subtitle of its own, so that no time is lost."""
    return "".join(
        f"{number}\n{_stamp(first)} --> {_stamp(max(first, last))}\n{text}\n\n"
        for number, (text, first, last) in enumerate(words, 1)
    )


def _stamp(seconds: float) -> str:
    minutes, thousandths = divmod(round(max(seconds, 0.0) * 1000), 60_000)
    clock = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{clock}:{thousandths // 1000:02},{thousandths % 1000:03}"


def _of_cues(text: str) -> Iterator[Word]:
    """SRT and VTT; where a cue's words have stamps, lines without them repeat what was said."""
    stamped = STAMP.search(text)
    for first, last, lines in CUE.findall(text):
        if not stamped:
            yield html.unescape(TAG.sub("", lines)), _clock(first), _clock(last)
            continue
        line = " ".join(line for line in lines.splitlines() if STAMP.search(line))
        part, *rest = STAMP.split(line)
        times = [first, *rest[::2], last]
        for said, start, end in zip([part, *rest[1::2]], times, times[1:], strict=False):
            yield html.unescape(TAG.sub("", said)), _clock(start), _clock(end)


def _clock(stamp: str) -> float:
    seconds = 0.0
    for part in stamp.replace(",", ".").split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def _of_textgrid(text: str) -> Iterator[Word]:
    """The tier of words, or the first with intervals, of Praat's long or short text.

    Both say the same words and numbers in the same order; what the long one adds are names.
    """
    values = [w.replace('""', '"') if n == "" else float(n) for w, n in PRAAT.findall(text)]
    tiers: list[tuple[str, list[Word]]] = []
    at = min(values.index(kind) for kind in ("IntervalTier", "TextTier") if kind in values)
    while at < len(values):
        kind, name, count = values[at], values[at + 1], int(values[at + 4])
        size = 3 if kind == "IntervalTier" else 2
        rows = [values[i : i + size] for i in range(at + 5, at + 5 + size * count, size)]
        at += 5 + size * count
        if size == 3:
            tiers.append((str(name), [(str(label), first, last) for first, last, label in rows]))
    chosen = next((rows for name, rows in tiers if WORD_TIER.search(name)), tiers[0][1])
    yield from (row for row in chosen if row[0].strip().lower() not in SILENCE)


def _of_table(rows: list[list[str]]) -> Iterator[Word]:
    """Rows of word, start, end or start, end, words; with a headline, whole numbers are ms."""
    headed = bool(rows) and not any(map(_is_number, rows[0]))
    body = rows[headed:]
    for text, first, last in ((0, 1, 2), (2, 0, 1)):
        if body and all(_is_row(row, first, last) for row in body):
            whole = all((row[first] + row[last]).isdigit() for row in body)
            unit = 1000 if headed and whole else 1
            for row in body:
                yield row[text], float(row[first]) / unit, float(row[last]) / unit
            return
    raise NoTimes


def _is_row(row: list[str], first: int, last: int) -> bool:
    return len(row) >= 3 and _is_number(row[first]) and _is_number(row[last])


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text))


def _of_json(content: Any) -> Iterator[Word]:
    """[word, start, end], and recognisers'; a word without time belongs to the one before."""
    found: list[Word] = []
    for text, first, last in _entries(content):
        if first is not None:
            found.append((text, _seconds(first), _seconds(first if last is None else last)))
        elif found:
            found[-1] = (f"{found[-1][0]} {text}", *found[-1][1:])
    return iter(found)


def _entries(content: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(content, list):
        if len(content) == 3 and isinstance(content[0], str):
            yield content[0], content[1], content[2]
            return
        for item in content:
            yield from _entries(item)
        return
    for name in ("words", *SEGMENTS):
        if isinstance(inner := content.get(name), list) and inner:
            yield from _entries(inner[:1] if name == "alternatives" else inner)
            return
    text = next((content[name] for name in TEXTS if isinstance(content.get(name), str)), None)
    if text is not None:
        yield (text, *_times(content))


def _times(item: dict[str, Any]) -> tuple[Any, Any]:
    if isinstance(pair := item.get("timestamp"), list):
        return pair[0], pair[1]
    if isinstance(offsets := item.get("offsets"), dict):
        return offsets["from"] / 1000, offsets["to"] / 1000
    first, last = (next((item[n] for n in names if n in item), None) for names in TIMES)
    return first, last


def _seconds(value: Any) -> float:
    return float(value.removesuffix("s") if isinstance(value, str) else value)
