# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command in the documents' blocks of code is run by a test, or stands here with a reason."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md")))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:ha2g|python3?|torchrun|blender) [^`\n]+)`")

PAGES = {  # documents whose blocks a test runs as they are
    "docs/training.md": "tests/engine/training/test_page.py",
    "docs/scripting.md": "tests/addon/test_scripting.py",
    "docs/strokes.md": "tests/addon/strokes/test_strokes.py",
    "docs/moods.md": "tests/addon/strokes/test_moods.py",
    "docs/words.md": "tests/addon/operators/test_word_operators.py",
}
RUN = {  # a command: the test that runs it, and words of that test that say so
    "python3 build.py demo": ("tests/test_build.py", '"demo"'),
    "python3 build.py docs": ("tests/test_site.py", "build.site_command"),
    "python3 build.py package": ("tests/test_package.py", '"package"'),
}
NOT_RUN = {  # a command: why no test runs it
    "python3 build.py demo --speech talk.wav --image speaker.jpg --rig character.fbx --out talk":
        "names files of the reader's; the options are those of the demo that is run",
    "python3 build.py test": "it is what runs the tests",
    "python3 build.py setup": "sets up 3.6 GB; `build.py test` begins with it",
    **dict.fromkeys(
        (
            "ha2g data build talks --out runs/talks --workers 4",
            "ha2g data inspect runs/talks",
            "ha2g data review runs/talks",
            "ha2g data build talks --out runs/talks --workers 16 --part 1/8",
            "ha2g data build talks --out runs/talks --overwrite",
        ),
        "names videos of the reader's; tests/engine/data/videos runs it on made ones",
    ),
}  # fmt: skip
GPU = {  # docs/gpu.md: measures a graphics card, which the machine of the tests has not
    "ha2g bench", "python -m pytest -m gpu", "torchrun --nproc-per-node 2",
}  # fmt: skip


def blocks(document):
    return FENCE.findall((ROOT / document).read_text("utf-8"))


def commands(document):
    """The lines of the DOCUMENT's blocks, without comments."""
    for language, text in blocks(document):
        if document not in PAGES:
            assert language in ("", "sh"), f"{document}: a block of {language}"
            lines = (line.split("  #")[0].strip() for line in text.splitlines())
            yield from (line for line in lines if line and not line.startswith("#"))


def untold(lines):
    return [line for line in lines if line not in RUN and line not in NOT_RUN]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_is_run_or_has_a_reason(document):
    assert not untold(commands(document))


@pytest.mark.parametrize("document", PAGES)
def test_pages_with_a_test_of_their_own_have_one_block_which_it_takes(document):
    assert len(blocks(document)) == 1
    assert "```" in (ROOT / PAGES[document]).read_text("utf-8")


@pytest.mark.parametrize("command", RUN)
def test_the_test_that_runs_it_is_there(command):
    path, words = RUN[command]
    assert words in (ROOT / path).read_text("utf-8")


def test_no_reason_is_left_of_a_command_that_is_gone():
    named = {line for document in DOCUMENTS for line in commands(document)}
    assert set(NOT_RUN) <= named


def test_commands_for_a_graphics_card_are_those_that_are_known():
    named = INLINE.findall((ROOT / "docs/gpu.md").read_text("utf-8"))
    assert named
    assert not [line for line in named if not line.startswith(tuple(GPU))]


def test_a_command_that_nobody_runs_is_found():
    assert untold(["python3 build.py demo", "ha2g dance"]) == ["ha2g dance"]
