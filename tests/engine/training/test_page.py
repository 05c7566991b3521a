# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/training.md, run as it is written."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from shared_folder import ROOT

HA2G = f'ha2g() {{ "{sys.executable}" -m ha2g_engine.cli "$@"; }}\n'


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_the_lines_train_evaluate_and_animate(tmp_path):
    pytest.importorskip("bpy")
    (lines,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/training.md").read_text(), re.S)
    for name in ("rigs", "ha2g_engine"):
        (tmp_path / name).symlink_to(ROOT / name)
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", HA2G + lines],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=1200,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, run.stdout[-1000:] + run.stderr[-2000:]
    assert "| ada |" in run.stdout
    for name in ("ada.npz", "ada.mp4", "ada.fbx"):
        assert (tmp_path / name).stat().st_size > 10_000, name
