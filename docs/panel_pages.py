# SPDX-License-Identifier: GPL-3.0-or-later
"""Used by mkdocs (mkdocs.yml): also writes docs/tab.md as an HTML page a panel, for the add-on.

A page a panel and none with anchors, because Windows and others open a file without its anchor.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any, Final

TAB: Final = "tab.md"
FOLDER: Final = "panels"
SECTION: Final = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>(.*?)(?=<h2 |\Z)', re.DOTALL)
PICTURE: Final = re.compile(r"<p><img [^>]*></p>")  # also that of the sections that follow
OTHER_PAGE: Final = re.compile(r'<a href="([a-z-]+)\.html">(.*?)</a>')
PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} – Gestures</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }}
nav {{ font-size: 14px; }}
nav a {{ margin-right: 1em; display: inline-block; }}
img {{ max-width: 100%; }}
</style>
<h1>{title}</h1>
{body}
<hr>
<nav>
{links}
</nav>
</html>
"""
_sections: list[tuple[str, str, str]] = []  # anchor, title, HTML


def on_page_content(content: str, page: Any, **_: Any) -> None:
    """Keep the sections of the tab's page."""
    if page.file.src_uri == TAB:
        _sections[:] = SECTION.findall(content)


def on_post_build(config: Any, **_: Any) -> None:
    """Write them beside the site's pages; one without a picture has that of the one before."""
    folder = Path(config.site_dir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shown = ""
    for anchor, title, body in _sections:
        found = PICTURE.search(body)
        shown = found[0] if found else shown
        whole = body if found else f"{body.strip()}\n{shown}"
        text = PAGE.format(title=title, body=_moved(whole), links=_links(anchor))
        (folder / f"{anchor}.html").write_text(text, "utf-8", newline="\n")


def _moved(body: str) -> str:
    """BODY as seen from a folder below; what its pictures are called stays.

    Other pages are not in the add-on: where they stand is told instead.
    """
    told = OTHER_PAGE.sub(r"\2 (<code>docs/\1.md</code>, of the source)", body.strip())
    return told.replace('src="pictures/', 'src="../pictures/')


def _links(here: str) -> str:
    """A link to each of the other panels."""
    others = ((to, name) for to, name, _ in _sections if to != here)
    return "\n".join(f'<a href="{html.escape(to)}.html">{name}</a>' for to, name in others)
