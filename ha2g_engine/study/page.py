# SPDX-License-Identifier: GPL-3.0-or-later
"""A blind viewer study as one HTML page.

The page shows the clips of all systems for one speech side by side, as A, B, C. Both the order of
the speeches and the letters are drawn for each participant in the browser, from a seed that is a
hash of (page seed, study, participant id): the same id meets the same order again after a reload,
and the result file records the seed and the order. Names of systems stand in the page only
encoded, and the page's content security policy forbids it every connection.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ha2g_engine.errors import InputError
from ha2g_engine.files import SPEECH_FILES, SPEECH_SUFFIXES, by_stem, replacing

TEMPLATE: Final = Path(__file__).with_name("page.html")
TITLE: Final = "Gestures that go with speech"
MAX_SYSTEMS: Final = 8  # clips a viewer can still compare on one screen
MAX_BYTES: Final = 400_000_000  # of video in a page; browsers refuse much larger files

Clips = Mapping[str, Path]  # stem of the speech → mp4


@dataclass(frozen=True)
class Study:
    """systems: name → its clips, the same stems in each. seed: varies the drawn orders."""

    systems: Mapping[str, Clips]
    title: str = TITLE
    seed: int = 0

    @property
    def speeches(self) -> list[str]:
        """The stems of the clips, sorted."""
        return sorted(next(iter(self.systems.values())))

    @property
    def paths(self) -> list[list[Path]]:
        """One row a speech, one clip a system."""
        return [[clips[stem] for clips in self.systems.values()] for stem in self.speeches]

    def check(self) -> None:
        """Raise InputError unless every system has the same stems, all of them mp4 files."""
        if not 2 <= len(self.systems) <= MAX_SYSTEMS:
            raise InputError(
                f"A study compares 2 to {MAX_SYSTEMS} systems, not {len(self.systems)}: "
                "give --clips NAME=FOLDER or --checkpoint NAME=FILE once for each."
            )
        (first, wanted), *others = self.systems.items()
        for name, clips in others:
            _check_stems(first, wanted, name, clips)
        paths = [path for row in self.paths for path in row]
        for path in paths:
            _check_video(path)
        if (size := sum(path.stat().st_size for path in paths)) > MAX_BYTES:
            raise InputError(
                f"The clips are {size / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB a "
                "page can hold: use fewer, shorter or smaller clips."
            )

    def digest(self) -> str:
        """12 hex digits of the names and the videos: results of one study share them."""
        total = hashlib.sha256(json.dumps([list(self.systems), self.speeches]).encode())
        for row in self.paths:
            for path in row:
                total.update(hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()[:12]


def write_page(study: Study, out: str | Path) -> None:
    """Write the page by a rename; raises InputError for clips that make no study."""
    study.check()
    key = {
        "study": study.digest(),
        "seed": study.seed,
        "title": study.title,
        "systems": list(study.systems),
        "speeches": study.speeches,
    }
    encoded = base64.b64encode(json.dumps(key).encode()).decode()
    slots = {"title": html.escape(study.title), "key": encoded}
    template = TEMPLATE.read_text(encoding="utf-8")
    head, tail = (_fill(part, slots) for part in template.split("{{clips}}"))
    with replacing(out) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(head)
        for s, row in enumerate(study.paths):
            for k, path in enumerate(row):
                video = base64.b64encode(path.read_bytes()).decode()
                file.write(f'<script type="text/plain" id="clip-{s}-{k}">{video}</script>\n')
        file.write(tail)


def read_clips(folder: Path) -> dict[str, Path]:
    """Clips, stem → mp4, in ``folder``; raises InputError when it is missing or has none."""
    return by_stem(folder, (".mp4",), "mp4 clip")


def render_clips(
    speech: Path, checkpoints: Mapping[str, Path], folder: Path
) -> dict[str, dict[str, Path]]:
    """Stick-figure videos of every speech in a folder by every checkpoint: name → clips.

    All systems get the same settings (identity seed 0, seed 0, rest in silence).
    """
    from ha2g_engine.body.stick_figure import write_video
    from ha2g_engine.synthesis.settings import Settings
    from ha2g_engine.synthesis.synthesizer import Synthesizer

    speeches = by_stem(speech, SPEECH_SUFFIXES, SPEECH_FILES)
    systems: dict[str, dict[str, Path]] = {}
    from tqdm import tqdm  # heavy for --help

    with tqdm(total=len(checkpoints) * len(speeches), disable=None, leave=False) as bar:
        for k, (name, checkpoint) in enumerate(checkpoints.items()):
            synthesizer = Synthesizer(checkpoint)
            systems[name] = {stem: folder / str(k) / f"{stem}.mp4" for stem in speeches}
            for stem, path in speeches.items():
                bar.set_description_str(f"{name}: {stem}")
                take = synthesizer.generate(path, Settings())
                write_video(systems[name][stem], take.directions, take.skeleton, path)
                bar.update()
    return systems


def _check_stems(first: str, wanted: Clips, name: str, clips: Clips) -> None:
    for has, lacks, stems in (
        (first, name, sorted(wanted.keys() - clips.keys())),
        (name, first, sorted(clips.keys() - wanted.keys())),
    ):
        if stems:
            raise InputError(
                f"The clips do not match: '{has}' has '{stems[0]}' and '{lacks}' has not; "
                "every system needs a clip with the same stem for every speech."
            )


def _check_video(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(8)[4:] != b"ftyp":  # ISO/IEC 14496-12, 4.3: the first box of an mp4
            raise InputError(f"'{path}' is no mp4 video: replace it.")


def _fill(template: str, slots: Mapping[str, str]) -> str:
    """Fill every {{slot}} in one pass, so that a slot's text is never read as a slot."""
    return re.sub(r"\{\{(\w+)\}\}", lambda slot: slots.get(slot[1], slot[0]), template)
