"""The excerpt of the gesture data, and the library built from it once."""

from pathlib import Path

import pytest

from ha2g_engine.data.gestures import build, greta, library

EXCERPT = Path(__file__).with_name("excerpt")


@pytest.fixture(scope="session")
def excerpt():
    return EXCERPT


@pytest.fixture(scope="session")
def shapes():
    return greta.read_shapes(EXCERPT / "greta_gestures")


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The library of the excerpt, as ``load`` reads it from the disk."""
    out = tmp_path_factory.mktemp("gestures")
    build.build(EXCERPT, out)
    return library.load(out / "gestures.npz")


@pytest.fixture(scope="session")
def shipped():
    return library.load()
