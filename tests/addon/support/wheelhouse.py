# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny wheels, a lock file that names them, and an index that serves them from a folder."""

import hashlib
import zipfile
from pathlib import Path

WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder, name, version="1.0", content="", padding=0, needed=""):
    """A wheel of one module. padding: bytes more. needed: lines of its metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}",
        f"{info}/WHEEL": WHEEL,
        f"{info}/RECORD": f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in files.items():
            archive.writestr(inner, text)
        if padding:
            archive.writestr(f"{name}.bin", bytes(padding))
    return path


def lock_line(path: Path, marks, digest=None):
    """The line of a lock file for the wheel PATH."""
    name, version = path.name.split("-")[:2]
    found = digest or hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} --hash=sha256:{found}  # {path.stat().st_size} {marks}"


def index(folder, wheels):
    """A package index in FOLDER, as pip reads one; its address."""
    for path in wheels:
        page = folder / path.name.split("-")[0]
        page.mkdir(parents=True, exist_ok=True)
        (page / "index.html").write_text(f'<a href="{path.as_uri()}">{path.name}</a>')
    return folder.as_uri()
