# SPDX-License-Identifier: GPL-3.0-or-later
"""Who writes transcripts, and how: subtitles, TextGrids, tables, recognisers' JSON → spans.

Which form a file has is seen in its content, whatever it is called. What is not what it looks
like raises ValueError, TypeError or LookupError.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

Span = tuple[str, float, float]  # text of one or several words, first and last second

ENCODINGS: Final = ("utf-8-sig", "cp1252")  # the second where the first cannot be, as on Windows
BOMS: Final = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16, which Praat writes
VTT: Final = "WEBVTT"
CUE: Final = "-->"
TIMES: Final = re.compile(f"(?m)^.*{CUE}.*$")
TAG: Final = re.compile(r"<[^<>]*>")
STAMP: Final = re.compile(r"<(\d[\d:]*\.\d+)>")  # when the next word of a VTT cue begins
MARKUP: Final = re.compile(r"\s*\[[^\W\d][^\[\]{}\",:]*\]")  # begins a text, which is no JSON then
SILENCE: Final = frozenset(("sil", "sp", "spn", "<eps>", "<p:>", "<sil>", "#"))  # in TextGrids
WORD_TIER: Final = re.compile(r"(\b|_)(words?|ort(-mau)?)$", re.IGNORECASE)
SEGMENTS: Final = ("segments", "chunks", "transcription", "results", "result", "alternatives")
TEXTS: Final = ("word", "text", "transcript")
STARTS, ENDS = ("start", "start_time", "startTime"), ("end", "end_time", "endTime")


class NoTimes(ValueError):
    """Text that does not say when it is spoken."""


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or Windows' western European."""
    if content[:2] in BOMS:
        return content.decode("utf-16")
    for encoding in ENCODINGS[:-1]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode(ENCODINGS[-1])


def spans(path: Path) -> list[Span]:
    """What is said and when, in the file's order. Raises NoTimes for plain text."""
    text = decoded(path.read_bytes())
    if "ooTextFile" in text[:200]:
        return list(_of_textgrid(path))
    if text.lstrip()[:1] in ("[", "{") and not _is_marked(text):
        return list(_of_json(json.loads(text)))
    if CUE in text or text.lstrip().startswith(VTT):
        return list(_of_cues(text))
    return list(_of_table([line.split("\t") for line in text.splitlines() if line.strip()]))


def _is_marked(text: str) -> bool:
    """Whether TEXT is no JSON, but begins with a tag."""
    try:
        json.loads(text)
    except ValueError:
        return MARKUP.match(text) is not None
    return False


def srt(rows: Sequence[Span]) -> str:
    """SRT of the spans, each a subtitle of its own, so that no time is lost."""
    return "".join(
        f"{number}\n{_stamp(first)} {CUE} {_stamp(max(first, last))}\n{text}\n\n"
        for number, (text, first, last) in enumerate(rows, 1)
    )


def _stamp(seconds: float) -> str:
    minutes, thousandths = divmod(round(max(seconds, 0.0) * 1000), 60_000)
    clock = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{clock}:{thousandths // 1000:02},{thousandths % 1000:03}"


# --- subtitles ------------------------------------------------------------------------------


def _of_cues(text: str) -> Iterator[Span]:
    """SRT is VTT with commas in its times and no headline."""
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    if not text.lstrip().startswith(VTT):
        text = f"{VTT}\n\n" + TIMES.sub(lambda line: line[0].replace(",", "."), text)
    try:
        cues = webvtt.from_string(text.lstrip()).captions
    except (MalformedCaptionError, MalformedFileError) as error:
        raise ValueError(str(error)) from error
    if CUE in text and not cues:
        raise ValueError("no cue has times")
    stamped = any(STAMP.search(cue.raw_text) for cue in cues)
    for cue in cues:
        first, last = (t.in_milliseconds() / 1000 for t in (cue.start_time, cue.end_time))
        if stamped:  # captions that roll repeat what was said before, without stamps
            lines = [line for line in cue.raw_text.splitlines() if STAMP.search(line)]
            yield from _stamped(" ".join(lines), first, last)
        else:
            yield html.unescape(TAG.sub("", cue.raw_text)), first, last


def _stamped(line: str, first: float, last: float) -> Iterator[Span]:
    """The parts of a line like ``ask<00:00:01.200> not``, each until the next stamp."""
    text, *rest = STAMP.split(line)
    times = [first, *map(_clock, rest[::2]), last]
    for part, start, end in zip([text, *rest[1::2]], times, times[1:], strict=False):
        yield html.unescape(TAG.sub("", part)), start, end


def _clock(stamp: str) -> float:
    """Seconds of "00:01:02.500"."""
    seconds = 0.0
    for part in stamp.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


# --- TextGrids ------------------------------------------------------------------------------


def _of_textgrid(path: Path) -> Iterator[Span]:
    """The tier of words, or else the first that has intervals."""
    from praatio import textgrid
    from praatio.utilities.errors import PraatioException

    try:
        grid = textgrid.openTextgrid(str(path), False, "silence", "rename")
    except (PraatioException, IndexError) as error:
        raise ValueError(str(error)) from error
    tiers = [tier for tier in grid.tiers if isinstance(tier, textgrid.IntervalTier)]
    if not tiers:
        raise ValueError("no tier has intervals")
    words = next((tier for tier in tiers if WORD_TIER.search(tier.name)), tiers[0])
    for first, last, label in words.entries:
        if label.strip().lower() not in SILENCE:
            yield label, first, last


# --- tables ---------------------------------------------------------------------------------


def _of_table(rows: Sequence[Sequence[str]]) -> Iterator[Span]:
    """Rows of word, start, end or of start, end, words; Whisper's have a headline and milliseconds.

    Raises NoTimes for lines that are no such rows.
    """
    headed = bool(rows) and not any(map(_is_number, rows[0]))
    body = rows[headed:]
    for text, first, last in ((0, 1, 2), (2, 0, 1)):
        if body and all(_is_row(row, first, last) for row in body):
            whole = all(row[column].isdigit() for row in body for column in (first, last))
            unit = 1000 if headed and whole else 1
            for row in body:
                yield row[text], float(row[first]) / unit, float(row[last]) / unit
            return
    raise NoTimes


def _is_row(row: Sequence[str], first: int, last: int) -> bool:
    numbers = len(row) >= 3 and _is_number(row[first]) and _is_number(row[last])
    return numbers and float(row[first]) <= float(row[last])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# --- JSON -----------------------------------------------------------------------------------


def _of_json(content: Any) -> Iterator[Span]:
    """Lists of [word, start, end], and what speech recognisers write.

    Those are Whisper and its kin, transformers, whisper.cpp, Vosk and Google. A word that the
    recogniser gave no time belongs to the one before it.
    """
    before: Span | None = None
    found = False
    for text, first, last in _entries(content):
        found = True
        if first is None:
            before = before and (f"{before[0]} {text}", *before[1:])
            continue
        if before is not None:
            yield before
        before = (text, _seconds(first), _seconds(first if last is None else last))
    if before is not None:
        yield before
    elif found or not _may_be_empty(content):
        raise ValueError("no words with times")


def _may_be_empty(content: Any) -> bool:
    return content == [] or any(content.get(name) == [] for name in SEGMENTS)


def _entries(content: Any) -> Iterator[tuple[str, Any, Any]]:
    """Text, first and last second of each word or, where those have no times, of each segment."""
    if isinstance(content, list):
        if len(content) == 3 and isinstance(content[0], str):
            yield content[0], content[1], content[2]
            return
        for item in content:
            yield from _entries(item)
        return
    if not isinstance(content, dict):
        raise TypeError(content)
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
    first, last = (next((item[n] for n in names if n in item), None) for names in (STARTS, ENDS))
    return first, last


def _seconds(value: Any) -> float:
    """Seconds as a number or as Google writes them, "1.200s"."""
    return float(value.removesuffix("s") if isinstance(value, str) else value)
