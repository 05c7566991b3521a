# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g align``: when each word is spoken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .options import progress_bar


def align(
    speech: Annotated[Path, typer.Argument(help="A recording of English.")],
    text: Annotated[Path, typer.Argument(help="What is said: plain text, or phrases with times.")],
    out: Annotated[
        Path, typer.Option(help="JSON of word, start and end, or .srt; for --transcript.")
    ],
) -> None:
    """Find when each word of a text is spoken, for gestures that fit the words.

    A [tag] asks for a gesture at the next word: [shrug] I don't [no] know.
    """
    from ha2g_engine.files import replacing
    from ha2g_engine.speech import alignment, timed_text

    with progress_bar() as progress:
        rows = [word.row for word in alignment.align(speech, text, progress)]
    subtitles = out.suffix.lower() == ".srt"
    content = timed_text.srt(rows) if subtitles else json.dumps(rows, ensure_ascii=False)
    with replacing(out) as part:
        part.write_text(content, encoding="utf-8")
    typer.echo(f"{out}: {len(rows)} words")
