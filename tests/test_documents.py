# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents name is there: files, folders, tests, modules that are run, links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "rigs/**/*.md", "ha2g_engine/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
    if not path.name.startswith(("CHANGELOG", "LICENSE")) and ".venv" not in path.parts
)  # a changelog names what once was
TOP = "blender_addon|ha2g_engine|rigs|tests|docs"


def named(text):
    """Files and folders that TEXT names, as patterns below the repository; NAME is any name."""
    for path in re.findall(rf"(?<![\w/.])((?:{TOP})/[\w./*-]*[\w/])", text):
        yield re.sub(r"\b[A-Z]{4,}\b", "*", path)
    yield from (f"tests/**/{name}" for name in re.findall(r"(?<![\w/])test_\w+\.py", text))
    for module in re.findall(rf"-m ((?:{TOP})[\w.]*)", text):
        place = module.replace(".", "/")
        yield f"{place}/__main__.py" if (ROOT / place).is_dir() else f"{place}.py"


def test_the_readme_is_among_them():
    assert {"README.md", "CONTRIBUTING.md", "docs/rigs.md"} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_is_there(document):
    text = (ROOT / document).read_text("utf-8")
    assert not [name for name in named(text) if not any(ROOT.glob(name))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_documents_links_lead_somewhere(document):
    path = ROOT / document
    links = re.findall(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"", path.read_text("utf-8"))
    inside = [one or other for one, other in links if "://" not in one + other]
    assert not [link for link in inside if not (path.parent / link).exists()]


def test_what_is_not_there_is_found():
    text = "see `tests/addon/none.py`, test_nothing.py and python -m blender_addon.headless.nobody"
    missing = [name for name in named(text) if not any(ROOT.glob(name))]
    assert len(missing) == 3
