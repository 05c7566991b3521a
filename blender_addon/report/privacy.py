# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes out of a text what is nobody's business: where files are, what they are called, who it is.

No bpy in here. Paths of Windows, macOS and Linux are recognised in any text, whatever system this
is. What cannot be told from a path goes with it: too much is lost rather than too little.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

HOME: Final = "\ue000"  # while a text is worked on; "~" in the end, which also begins paths
PROJECT: Final = "<project>"
ELSEWHERE: Final = "…"
SHORTEST: Final = 3  # characters of a name that is looked for in any text
COMMON: Final = frozenset((  # names that tell nothing, and are words of ours
    "admin", "administrator", "audio", "blender", "engine", "file", "folder", "gestures", "home",
    "local", "localhost", "name", "picture", "project", "public", "python", "root", "speech",
    "take", "user", "users", "voice", "worker",
))  # fmt: skip
MEDIA: Final = (  # what users' own files end in
    "wav|flac|ogg|mp3|m4a|aac|mp4|mov|mkv|avi|png|jpe?g|webp|tiff?|exr|bmp|blend\\d*|fbx|glb|gltf|"
    "bvh|usd[acz]?|vrm|obj|npz|json|toml|safetensors|txt|csv|zip"
)
SYSTEM: Final = (  # places that are alike on every computer
    r"(?:[\\/](?:usr|lib|lib64|bin|sbin|etc|dev|proc|sys|System|Library|Applications|snap|nix)"
    r"|[A-Z]:[\\/]+(?:Windows|Program Files(?: \(x86\))?))(?:[\\/]+|(?=\s|$))"
)
SOMEONES: Final = re.compile(r"(?:[A-Z]:)?/(?:home|Users)/[^/]+", re.IGNORECASE)
PACKAGES: Final = re.compile(  # a Python's own files, wherever it is
    r"/((?:lib/python3\.\d+|Python3\d+/Lib|site-packages)/.*\.(?:py|pyd|so|dll)(?:\.\d+)*)$"
)
KINDS: Final = f"{MEDIA}|py|pyd|so|dll|dylib|exe|log|md|pth|bin|tmp"
SUFFIX: Final = re.compile(rf"[^./]\.({KINDS})\.?$", re.IGNORECASE)
URL: Final = re.compile(
    r"\b(?!file:)([a-z][a-z0-9+.-]+)://(?:[^\s/@'\"]*@)?([^\s/'\"<>]*)[^\s'\"<>]*"
)
OPEN_HOSTS: Final = ("pypi.org", "files.pythonhosted.org", "download.pytorch.org", "github.com")
ANCHOR: Final = (  # how a path begins: C:\, \\server, /, //, ~/, file:///
    r"(?:file:/*)?(?:(?<![A-Za-z])[A-Za-z]:[\\/]|(?<!\\)\\{2,}[^\\\s]"
    r"|(?<![\w.~/\\<>…°:\ue000-])//?(?=[^\s/])|(?<=file://)/|(?<![\w.])~[\w.-]*[\\/])"
)
CLOSED: Final = r"(?=[.,:;)\]}]*(?:\s|$))"  # behind a quotation mark that closes
QUOTED: Final = (  # up to the first suffix at a closing one, or else up to the last closing one
    rf"(?<!\w)(['\"`])(?=(?:ROOTS)|{ANCHOR})(?:((?:ROOTS)?.+?\.(?:{KINDS}))|((?:ROOTS)?.+))\1{CLOSED}"
)
LOOSE: Final = rf"(?:(?:ROOTS)(?![\w-])|{ANCHOR})(?:(?!:(?:\s|$))[^\"\r\n])*"
QUOTED_FILE: Final = re.compile(
    rf"(?<!\w)(['\"`])((?:[^'\"`<\r\n]|'(?=\w))*?\.(?:{MEDIA}))\1{CLOSED}", re.IGNORECASE
)
FILE: Final = re.compile(
    rf"(?<![^\s'\"(\[=,:])(?:[^\s'\"\\/<>…~]+[\\/]+)*[^\s'\"\\/<>…~]+\.(?:{MEDIA})(?![\w.])",
    re.IGNORECASE,
)
TAKE: Final = re.compile(r"(?<!\w)'(?:[^'\r\n]|'(?=\w))*? take (\d+)(?:\.\d+)?'")


class Privacy:
    """What is private here. The same file has the same number in all texts of one Privacy."""

    def __init__(
        self,
        *,
        homes: Iterable[str] = (),
        people: Iterable[str] = (),
        project: str = "",
        kept: Mapping[str, str] | None = None,
        names: Iterable[str] = (),
    ) -> None:
        """homes: the user's folders. people: names of the user and of the computer.

        project: the folder of the .blend. kept: folders of programs, and what they are called;
        what is below them stays, unless private folders are. names: of files and takes, in
        whatever text they are.
        """
        own = {_plain(home): HOME for home in homes} | (
            {_plain(project): PROJECT} if project else {}
        )
        named = {_plain(folder): name for folder, name in (kept or {}).items()}
        programs = {one: name for one, name in named.items() if not _holds(one, own)}
        ordered = sorted({**own, **programs}.items(), key=lambda one: -len(one[0]))
        self._roots = {root: name for root, name in ordered if root}
        self._program = re.compile(
            rf"(?:(?:{_any_of(programs)})(?![\w-])|{SYSTEM})[^\s'\"`,;)]*", re.IGNORECASE
        )
        roots = _any_of(self._roots)
        self._quoted = re.compile(QUOTED.replace("ROOTS", roots), re.IGNORECASE)
        self._loose = re.compile(LOOSE.replace("ROOTS", roots), re.IGNORECASE)
        self._words = {
            **dict.fromkeys(_told_apart(names), "<name>"),
            **dict.fromkeys(_told_apart(people), "<user>"),
        }
        self._numbers: dict[str, int] = {}

    def text(self, text: str) -> str:
        """TEXT without what is private; as many lines."""
        lines = unicodedata.normalize("NFC", text).replace(HOME, "").split("\n")
        return "\n".join(map(self._line, lines)).replace(HOME, "~")

    def path(self, path: str) -> str:
        """A placeholder for PATH: where it is, roughly, its number and what it ends in."""
        return self._placed(path).replace(HOME, "~")

    def _placed(self, path: str) -> str:
        plain = _plain(re.sub(r"^file:/*(?=/|[A-Za-z]:)", "", path))
        for root, name in self._roots.items():
            if plain.lower() == root.lower() or plain.lower().startswith(f"{root.lower()}/"):
                below = plain[len(root) :]
                return name + (below if self._program.match(plain) else self._below(below, plain))
        if self._program.match(plain):
            return plain
        if path.startswith("//"):  # as Blender writes it
            return PROJECT + self._below(plain, plain)
        if someones := SOMEONES.match(plain):
            return HOME + self._below(plain[someones.end() :], plain)
        return ELSEWHERE + self._below(plain, plain)

    def file(self, path: str) -> str:
        """A placeholder for the file PATH that tells its kind alone."""
        plain = _plain(path)
        number = self._numbers.setdefault(plain.lower(), len(self._numbers) + 1)
        suffix = SUFFIX.search(plain)
        return f"<file {number}>.{suffix[1].lower()}" if suffix else f"<folder {number}>"

    def _below(self, below: str, whole: str) -> str:
        """What is told of a path BELOW a folder that has a name here."""
        if python := PACKAGES.search(below):
            return f"/{ELSEWHERE}/{python[1]}"
        return f"/{self.file(whole)}" if below.strip("/") else ""

    def _line(self, line: str) -> str:
        line = URL.sub(_address, line)
        line = self._quoted.sub(lambda m: m[1] + self._found(f"{m[2] or m[3]}", m[1]), line)
        line = QUOTED_FILE.sub(lambda m: f"{m[1]}{self.file(m[2])}{m[1]}", line)
        line = self._loose.sub(lambda m: self._found(m[0]), line)
        line = TAKE.sub(r"'<take \1>'", line)
        line = FILE.sub(lambda m: self.file(m[0]), line)
        for word, name in self._words.items():
            line = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", name, line, flags=re.IGNORECASE)
        return line

    def _found(self, path: str, end: str = "") -> str:
        """What stands for PATH and END: of a program's path, to its first space alone."""
        program = self._program.match(path)
        if program is None:
            return self._placed(path) + end
        return self._placed(program[0]) + self._line(path[program.end() :] + end)


def _plain(path: str) -> str:
    """PATH with single slashes, none at its end, and composed letters."""
    plain = re.sub(r"[\\/]+", "/", unicodedata.normalize("NFC", path))
    return plain.rstrip("/")


def _holds(folder: str, others: Iterable[str]) -> bool:
    """Whether one of OTHERS is FOLDER or in it."""
    return any(f"{one}/".lower().startswith(f"{folder}/".lower()) for one in others)


def _any_of(paths: Iterable[str]) -> str:
    """An expression for PATHS as any system or language writes them."""
    return "|".join(r"[\\/]+".join(map(re.escape, path.split("/"))) for path in paths) or "(?!)"


def _told_apart(names: Iterable[str]) -> list[str]:
    """Those of NAMES that can be told from plain words, longest first."""
    plain = {unicodedata.normalize("NFC", name).strip() for name in names}
    found = [one for one in plain if len(one) >= SHORTEST and one.lower() not in COMMON]
    return sorted(found, key=lambda one: (-len(one), one))


def _address(match: re.Match[str]) -> str:
    """An address on the network without what is behind its host; hosts of one's own unnamed."""
    host = match[2].lower()
    return f"{match[1]}://{host if host in OPEN_HOSTS else ELSEWHERE}/{ELSEWHERE}"
