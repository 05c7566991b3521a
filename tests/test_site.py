# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/ as a site without a warning, and the pages that the panels' "?" opens."""

import re
import shutil
import subprocess

import pytest

import build

NEEDS = "mkdocs is not installed: run `python3 build.py docs`"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, made in a folder of its own."""
    environment = build.docs_environment()
    if not environment.is_ready():
        pytest.skip(NEEDS)
    folder = tmp_path_factory.mktemp("site")
    answer = made(environment.python, folder)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


def made(python, folder, cwd=build.ROOT):
    command = [str(part) for part in build.site_command(python, folder)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def test_every_page_is_in_it(site):
    pages = {path.stem for path in (build.ROOT / "docs").glob("*.md")}
    assert pages <= {path.stem for path in site.glob("*.html")}


def test_nothing_is_fetched_from_elsewhere(site):
    text = "".join(path.read_text("utf-8") for path in site.rglob("*.html"))
    assert not re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=\"(?:https?:)?//[^\"]*", text)


def test_the_panels_pages_are_those_of_the_document(site):
    fresh, kept = ({p.name: p.read_text("utf-8") for p in folder.glob("*.html")}
                   for folder in (site / "panels", build.PANELS))  # fmt: skip
    assert fresh == kept, "run `python3 build.py docs`"


def test_a_broken_link_is_a_failure(site, tmp_path):
    for name in ("docs", "mkdocs.yml"):
        whole = build.ROOT / name
        (shutil.copytree if whole.is_dir() else shutil.copy)(whole, tmp_path / name)
    (tmp_path / "docs/help.md").write_text("[nowhere](nowhere.md)")
    answer = made(build.docs_environment().python, tmp_path / "site", tmp_path)
    assert answer.returncode != 0 and "nowhere.md" in answer.stdout + answer.stderr


def test_the_panels_pages_lead_nowhere_that_the_zip_has_not():
    files = build.packaged_files()
    pages = [name for name in files if name.startswith("docs/panels/")]
    assert len(pages) > 15
    for page in pages:
        text = files[page].read_text("utf-8")
        linked = re.findall(r'(?:src|href)="([^"#]+)', text)
        assert linked and "<img " in text
        for link in linked:
            assert (build.ROOT / "docs/panels" / link).resolve() in {
                path.resolve() for path in files.values()
            }, f"{page}: {link}"
