# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip, installed into a fresh profile as a user would, in a process of its own."""

import os
import subprocess
import sys
import tomllib

from conftest import JFK, REPOSITORY, SUPPORT

SCRIPT = SUPPORT / "installed_session.py"


def test_install_generate_undo_uninstall(tmp_path):
    import build

    archive = tmp_path / "gestures.zip"
    build.write_zip(archive, build.packaged_files())
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(tmp_path / "profile"),
        "PYTHONPATH": str(SCRIPT.parent),
    }
    (tmp_path / "profile").mkdir()
    run = subprocess.run(
        [sys.executable, SCRIPT, archive, JFK],
        capture_output=True,
        text=True,
        timeout=180,
        env=environment,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    assert "INSTALLED AND RAN" in run.stdout


def test_the_manifest_is_what_blender_needs():
    text = (REPOSITORY / "blender_addon" / "blender_manifest.toml").read_text()
    manifest = tomllib.loads(text)
    assert manifest["id"] == "gestures"
    assert manifest["blender_version_min"] == "4.2.0"
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    for reason in manifest["permissions"].values():
        assert len(reason) <= 64  # Blender's own limits
        assert reason[-1].isalnum()
