# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the engine is there on this computer, what is missing, what for, and how to get it."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from . import __version__
from .checkpoints.header import DEFAULT

INSTALL: Final = f"{sys.executable} -m pip install"
NEEDED: Final = "the engine"
PARTS: Final = {  # packages that a set-up of the add-on may leave out: what for
    "mediapipe": "people in pictures",
    "pocketsphinx": "ha2g align",
    "praatio": "transcripts as TextGrids",
    "tensorboard": "the curves of ha2g train",
    "webvtt-py": "transcripts as SRT and VTT",
}
EXTRAS: Final = {  # package: what for
    "bpy": "ha2g animate",
    "imageio-ffmpeg": "films of stick figures",
    "faster-whisper": "words that are recognised",
    "transformers": "Whisper's encoder",
    "scenedetect": "ha2g data build, of videos",
    "gensim": "ha2g data vectors, of fastText's .bin",
    "piper-tts": "voices of ha2g data build-default",
}
PROGRAMS: Final = {  # command: what for, and the package that has it
    "espeak-ng": ("voices of ha2g data build-default", "espeak-ng"),
    "flite": ("voices of ha2g data build-default", "flite"),
}


@dataclass(frozen=True)
class Finding:
    """found: its version, or what is wrong; "" where it is missing. get: how to get or mend it.

    needed: whether nothing works without it.
    """

    name: str
    found: str
    purpose: str
    get: str = ""
    needed: bool = False

    @property
    def missing(self) -> bool:
        """Whether there is something to get."""
        return bool(self.get)


@dataclass(frozen=True)
class Report:
    """facts: of the computer and the engine, in words."""

    facts: dict[str, str]
    findings: list[Finding]

    @property
    def works(self) -> bool:
        """Whether all that is needed is there."""
        return not any(one.missing and one.needed for one in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Both, as JSON can hold them."""
        return {"works": self.works, **asdict(self)}


def look() -> Report:
    """Look at this computer. Nothing is written, and nothing is asked of a network."""
    findings = [*_packages(), _torch(), _model(), *_extras(), *_programs()]
    return Report(_facts(), findings)


def _facts() -> dict[str, str]:
    return {
        "engine": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": str(os.cpu_count()),
    }


def _packages() -> Iterator[Finding]:
    """What the engine asks for on this system."""
    from packaging.requirements import Requirement  # comes with librosa

    for line in _asked():
        one = Requirement(line)
        if one.name == "torch" or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found = _version(one.name)
        fits = bool(found) and one.specifier.contains(found, prereleases=True)
        get = "" if fits else f'{INSTALL} "{one.name}{one.specifier}"'
        purpose = PARTS.get(one.name, NEEDED)
        yield Finding(one.name, found, purpose, get, needed=purpose == NEEDED)


def _asked() -> list[str]:
    """By its metadata, or by the file beside it where it is only a folder, as in the add-on."""
    try:
        return metadata.requires("ha2g-engine") or []
    except metadata.PackageNotFoundError:
        project = Path(__file__).parents[1] / "pyproject.toml"
    if not project.is_file():
        return []
    asked: list[str] = tomllib.loads(project.read_text("utf-8"))["project"]["dependencies"]
    return asked


def _torch() -> Finding:
    try:
        import torch
    except Exception as error:  # noqa: BLE001 - a broken build raises anything
        found = f"does not start ({type(error).__name__})" if _version("torch") else ""
        return Finding("torch", found, NEEDED, f"{INSTALL} --force-reinstall torch", needed=True)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "the processor"
    idle = device == "the processor" and bool(shutil.which("nvidia-smi"))
    advice = "this build cannot use the graphics card: install a build of PyTorch for CUDA"
    found = f"{torch.__version__}, computes on {device}"
    return Finding("torch", found, NEEDED, advice if idle else "")


def _model() -> Finding:
    purpose = "takes where no checkpoint is named"
    if not DEFAULT.is_file():
        return Finding("default model", "", purpose, "install the engine again", needed=True)
    content = DEFAULT.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    card = DEFAULT.with_name("MODEL_CARD.md")
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    told = re.search(r"sha256 `([0-9a-f]{64})`", text)
    whole = told is None or told[1] == digest
    found = f"{len(content) / 1e6:.1f} MB, sha256 {digest[:16]}…"
    get = "" if whole else "it is not the one its card tells of: install the engine again"
    return Finding("default model", found, purpose, get, needed=True)


def _extras() -> Iterator[Finding]:
    for name, purpose in EXTRAS.items():
        found = _version(name)
        yield Finding(name, found, purpose, "" if found else f"{INSTALL} {name}")


def _programs() -> Iterator[Finding]:
    for name, (purpose, package) in PROGRAMS.items():
        found = shutil.which(name) or ""
        get = "" if found else f"install the program {package} of your system"
        yield Finding(name, found, purpose, get)


def _version(package: str) -> str:
    """The version that is installed; "" for none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
