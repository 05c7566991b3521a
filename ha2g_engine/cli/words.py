# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g align``: when each word is spoken."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path
from typing import Annotated

import typer


def align(
    speech: Annotated[Path, typer.Argument(help="A recording of English.")],
    text: Annotated[
        Path, typer.Argument(help="What is said: plain text up to a minute, or phrases with times.")
    ],
    out: Annotated[Path, typer.Option(help="JSON of word, start and end, for --transcript.")],
) -> None:
    """Find when each word of a text is spoken. Gestures can then fit the words."""
    from ha2g_engine.files import replacing
    from ha2g_engine.speech import alignment

    words = alignment.align(speech, text)
    rows = [[word, round(start, 3), round(end, 3)] for word, start, end in map(astuple, words)]
    with replacing(out) as part:
        part.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    typer.echo(f"{out}: {len(rows)} words")
