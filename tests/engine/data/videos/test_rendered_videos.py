# SPDX-License-Identifier: GPL-3.0-or-later
"""The truth by construction: a character is rendered talking, and its arms are found again."""

import subprocess
import sys

import numpy as np
import pytest
from shared_folder import ROOT

from ha2g_engine.cli.main import main
from ha2g_engine.data.store import Store

for part in ("scenedetect", "mediapipe", "bpy"):
    pytest.importorskip(part, reason=f"{part} is not here")

FOREARMS = (4, 21)
FRAMES = 150  # 10 s at 15 a second


@pytest.mark.slow
def test_a_rendered_talk_gives_its_motion_back(tmp_path, jfk, capsys):
    motion, talks, out = tmp_path / "m.npz", tmp_path / "talks", tmp_path / "data"
    (talks / "ann").mkdir(parents=True)
    assert main(["generate", str(jfk), "--seed", "1", "--out", str(motion)]) == 0
    rig = ROOT / "rigs" / "rocketbox" / "Male_Adult_04.fbx"
    film = ["--video", str(talks / "ann" / "talk.mp4"), "--size", "640x480", "--fps", "15"]
    command = [sys.executable, "-m", "blender_addon.headless.animate", "--motion", str(motion)]
    command += ["--speech", str(jfk), "--rig", str(rig), *film, "--range", f"1:{FRAMES}"]
    subprocess.run(command, check=True, cwd=ROOT, timeout=400)

    assert main(["data", "build", str(talks), "--out", str(out), "--keep-all"]) == 0
    assert main(["data", "inspect", str(out)]) == 0
    assert "expressive, 3 clips" in capsys.readouterr().out  # parted in time: train, val, test
    found = np.asarray(Store(out).directions, float)
    truth = np.load(motion)["directions"][: len(found)]
    assert len(found) >= FRAMES - 2
    for bone in FOREARMS:
        ours, theirs = (d[: len(truth), bone] - d[:, bone].mean(axis=0) for d in (found, truth))
        assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] >= 0.8
