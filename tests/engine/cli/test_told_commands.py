# SPDX-License-Identifier: GPL-3.0-or-later
"""What the README and the pages tell of ``ha2g`` is what it knows: commands and their options."""

import re
from pathlib import Path

import pytest
import typer

from ha2g_engine.cli.main import app

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("README.md", *(f"docs/{page.name}" for page in sorted(ROOT.glob("docs/*.md"))))
TOLD = re.compile(r"`ha2g ([^`]+)`")
OPTION = re.compile(r"--[a-z][a-z-]*")
PARSER = typer.main.get_command(app)


def of(words):
    """The command that WORDS name, and the words that are left."""
    command = PARSER
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words


def unknown(told):
    """What of the line TOLD the parser does not know."""
    command, words = of(told.split())
    if command is PARSER and words[0] != "--help":
        return [words[0]]
    known = {one for option in command.params for one in (*option.opts, *option.secondary_opts)}
    return [one for one in OPTION.findall(" ".join(words)) if one not in {*known, "--help"}]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_is_known(page):
    told = TOLD.findall((ROOT / page).read_text("utf-8"))
    assert not {line: unknown(line) for line in told if unknown(line)}


def test_the_readme_tells_of_every_command():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert not [name for name in PARSER.commands if f"ha2g {name}" not in readme]


def test_what_is_not_known_is_found():
    assert unknown("dance SPEECH") == ["dance"]
    assert unknown("generate SPEECH --out M.npz --loudly") == ["--loudly"]
