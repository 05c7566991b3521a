# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g moods`` proposes what ``ha2g generate --moods`` takes."""

import json

import numpy as np

from ha2g_engine.cli.main import main


def test_moods_are_proposed_changed_and_performed(jfk, told_checkpoint, tmp_path, capsys):
    proposed = tmp_path / "moods.json"
    assert main(["moods", str(jfk), "--out", str(proposed)]) == 0
    rows = json.loads(proposed.read_text("utf-8"))
    assert f"{len(rows)} moods" in capsys.readouterr().out
    assert {"start", "end", "mood", "strength"} == set(rows[0])
    command = ["generate", str(jfk), "--checkpoint", str(told_checkpoint), "--seed", "2"]
    made = {}
    for name, moods in (("plain", []), ("still", [{**rows[0], "mood": "still"}])):
        proposed.write_text(json.dumps(moods))
        out = tmp_path / f"{name}.npz"
        assert main([*command, "--moods", str(proposed), "--out", str(out)]) == 0
        with np.load(out) as arrays:
            made[name] = arrays["directions"], json.loads(str(arrays["asked"]))["moods"]
    assert made["plain"][1] == []
    assert made["still"][1][0]["mood"] == "still"
    assert np.abs(made["plain"][0] - made["still"][0]).max() > 0.05


def test_what_is_no_speech_and_no_mood_is_one_sentence(jfk, tmp_path, capsys):
    assert main(["moods", str(tmp_path / "no.wav"), "--out", str(tmp_path / "m.json")]) == 2
    assert "no.wav" in capsys.readouterr().err
    path = tmp_path / "m.json"
    path.write_text('[{"start": 0, "end": 2, "mood": "furious"}]')
    out = str(tmp_path / "m.npz")
    assert main(["generate", str(jfk), "--moods", str(path), "--out", out]) == 2
    assert "no mood 'furious': choose calm" in capsys.readouterr().err
