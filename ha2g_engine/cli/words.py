# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g align`` and ``ha2g moods``: when each word is spoken, and in which mood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .options import aside, progress_bar


def align(
    speech: Annotated[Path, typer.Argument(help="A recording of English.")],
    text: Annotated[
        Path | None,
        typer.Argument(
            help="What is said: plain text, or phrases with times; without it Whisper listens."
        ),
    ] = None,
    *,
    out: Annotated[
        Path, typer.Option(help="JSON of word, start and end, or .srt; for --transcript.")
    ],
) -> None:
    """Find when each word of a text is spoken. Gestures can then fit the words.

    A [tag] asks for a gesture at the next word: [shrug] I don't [no] know.
    """
    from ha2g_engine.files import replacing
    from ha2g_engine.speech import alignment, audio, timed_text

    with progress_bar() as progress:
        if text is None:
            said = alignment.recognised(audio.load_speech(speech), speech, progress)
        else:
            said = alignment.align(speech, text, progress, aside)
    rows = [word.row for word in said]
    subtitles = out.suffix.lower() == ".srt"
    content = timed_text.srt(rows) if subtitles else json.dumps(rows, ensure_ascii=False)
    with replacing(out) as part:
        part.write_text(content, encoding="utf-8")
    typer.echo(f"{out}: {len(rows)} words")


def moods(
    speech: Annotated[Path, typer.Argument(help="A recording of somebody who speaks.")],
    out: Annotated[Path, typer.Option(help="JSON of start, end, mood and strength, for --moods.")],
) -> None:
    """Propose moods along the time from the voice alone, to be looked through and changed."""
    from ha2g_engine.files import replacing
    from ha2g_engine.gestures.moods import told
    from ha2g_engine.gestures.proposing import proposed
    from ha2g_engine.speech.voices.cleaning import hear

    rows = told(proposed(hear(speech)))
    with replacing(out) as part:
        part.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    typer.echo(f"{out}: {len(rows)} moods")
