# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py engine-bundle and engine-lock, with tiny wheels, a fake uv and no network."""

import os
import sys
from pathlib import Path

import pytest

import build
from ha2g_engine import bundle

sys.path.insert(0, str(Path(__file__).parent / "addon" / "support"))
import wheelhouse

TARGET = "linux-x86_64-3.11"
PYLOCK = """
lock-version = "1.0"
[[packages]]
name = "{name}"
version = "1.5"
wheels = [{{ url = "https://somewhere/x.whl", size = 123, hashes = {{ sha256 = "{digest}" }} }}]
"""


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """A lock file for two tiny packages; their wheels and an index of them."""
    wheels = [wheelhouse.wheel(tmp_path / "made", name) for name in ("core", "wordy")]
    lines = [wheelhouse.lock_line(wheels[0], "engine"), wheelhouse.lock_line(wheels[1], "words")]
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / f"{TARGET}.txt").write_text("\n".join(lines))
    lock = bundle.lock_module()
    read = lock.read
    monkeypatch.setattr(lock, "FOLDER", folder)
    monkeypatch.setattr(lock, "read", lambda name: read(name, folder))
    monkeypatch.setattr(bundle, "lock_module", lambda: lock)
    return f"--pip=--index-url={wheelhouse.index(tmp_path / 'simple', wheels)}"


def test_a_bundle_holds_the_wheels_that_are_asked_for(locked, tmp_path, capsys):
    out = tmp_path / "bundle"
    asked = ["engine-bundle", str(out), "--target", TARGET, "--part", "words", locked]
    assert build.main(asked) == 0
    assert {path.name.split("-")[0] for path in out.iterdir()} == {"core", "wordy"}
    assert str(out) in capsys.readouterr().out


def test_a_wheel_that_is_another_one_is_refused(locked, tmp_path, capsys):
    wheelhouse.wheel(tmp_path / "made", "core", content="print('a stranger')")
    asked = ["engine-bundle", str(tmp_path / "out"), "--target", TARGET, locked]
    assert build.main(asked) == 1
    assert "HASHES" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("core*"))


def test_a_target_without_a_lock_file_is_a_sentence(locked, tmp_path, capsys):
    assert build.main(["engine-bundle", str(tmp_path), "--target", "amiga-m68k-3.11"]) == 1
    assert f"choose one of {TARGET}." in capsys.readouterr().err


def test_each_target_names_wheels_that_pip_takes_for_it():
    assert "manylinux_2_28_x86_64" in bundle._tags("linux-x86_64-3.11")
    assert "win_amd64" in bundle._tags("windows-x86_64-3.13")
    assert "macosx_11_0_arm64" in bundle._tags("macos-arm64-3.12")
    assert bundle._tags("macos-arm64-3.12")[-4:] == [
        "--python-version", "3.12", "--implementation", "cp"
    ]  # fmt: skip


def test_a_lock_file_has_hashes_sizes_and_parts_and_no_address(tmp_path, monkeypatch):
    """The fake uv finds what is asked for, and `helper` beside it."""
    digest = "ab" * 32
    uv = tmp_path / "uv"
    uv.write_text(
        f"#!{sys.executable}\n"
        "import re, sys\n"
        "out, given = sys.argv[-2:]\n"
        "names = re.findall(r'^[\\w-]+', open(given).read(), re.MULTILINE) + ['helper']\n"
        f"template = {PYLOCK!r}\n"
        f"digest = {digest!r}\n"
        "texts = [template.format(name=n, digest=digest) for n in dict.fromkeys(names)]\n"
        "open(out, 'w').write('lock-version = \"1.0\"\\n' + ''.join(\n"
        "    t.replace('lock-version = \"1.0\"', '') for t in texts))\n"
    )
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    lock = bundle.lock_module()
    monkeypatch.setattr(lock, "FOLDER", tmp_path / "locked")
    (tmp_path / "locked").mkdir()
    monkeypatch.setattr(bundle, "lock_module", lambda: lock)
    assert build.main(["engine-lock"]) == 0
    packages = {one.name + one.version: one for one in lock.read(TARGET, tmp_path / "locked")}
    assert packages["praatio1.5"].marks == {"words"}
    assert packages["tensorboard1.5"].marks == {"training"}
    assert packages["helper1.5"].marks == {"engine"}
    assert packages["torch1.5"].marks == {"engine", "gpu"}
    assert packages["torch2.13.0+cpu"].marks == {"engine", "cpu"}
    assert packages["numpy1.5"].size == 123
    texts = [path.read_text() for path in (tmp_path / "locked").iterdir()]
    assert len(texts) == 9
    assert not [text for text in texts if "://" in text]


def test_without_uv_it_is_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.main(["engine-lock"]) == 1
    assert "needs uv" in capsys.readouterr().err
