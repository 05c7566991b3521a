# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference pictures of characters in given poses: what shows, what repeats, what is refused."""

import numpy as np
import pytest

from blender_addon.body.skeleton import FOREARM, NEUTRAL, UPPER_ARM
from blender_addon.headless import pixels, rig_file
from blender_addon.rig.reading import map_for
from rigs.portraits import command, people, sitters

SIZE = 224


def raised(side):
    """NEUTRAL (42, 3) with one whole arm raised to its side, engine frame."""
    pose = NEUTRAL.copy()
    out = [1.0 if side == "L" else -1.0, -0.3, 0.0]
    pose[[UPPER_ARM[side], FOREARM[side]]] = out / np.linalg.norm(out)
    return pose


def poses_file(path, **changes):
    content = {
        "directions": np.stack([raised("L"), raised("R")]).astype(np.float32),
        "speaker": np.array([0, 3]),
    }
    content.update(changes)
    np.savez(path, **{name: value for name, value in content.items() if value is not None})
    return path


def render(poses, out, *more):
    return command.main(["--poses", str(poses), "--out", str(out), *more])


def contents(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_every_speaker_gets_its_pictures_and_what_is_there_stays(tmp_path, capfd):
    poses = poses_file(tmp_path / "poses.npz")
    out = tmp_path / "new" / "pictures"
    assert render(poses, out, "--count", "2") == 0
    first = contents(out)
    assert list(first) == ["00_00000.png", "00_00001.png", "03_00000.png", "03_00001.png"]
    assert len(set(first.values())) == 4
    for name in first:
        picture = pixels.read(out / name)
        assert picture.shape == (SIZE, SIZE, 4) and picture[..., 3].min() == 1.0
        assert picture[..., :3].std() > 0.02
    (out / "00_00001.png").unlink()
    (out / "03_00000.png").write_bytes(b"mine")
    assert render(poses, out, "--count", "2") == 0
    assert "wrote 1 pictures" in capfd.readouterr().out
    assert contents(out) == {**first, "03_00000.png": b"mine"}


def test_seed_decides(tmp_path):
    poses = poses_file(tmp_path / "poses.npz", speaker=np.array([1, 1]))
    for folder, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert render(poses, tmp_path / folder, "--seed", seed) == 0
    a, b, c = (contents(tmp_path / folder) for folder in "abc")
    assert a == b
    assert a.keys() == c.keys() and not set(a.values()) & set(c.values())


@pytest.mark.parametrize("character", ["rocketbox", "person"])
def test_raised_arm_shows_on_its_side(tmp_path, character):
    """The left arm is on the right of the picture, beyond what is light, clothes or camera."""
    if character == "rocketbox":
        armature = rig_file.load(command.CHARACTER)
    else:
        shapes = people.read(command.PEOPLE_FILE)
        armature = people.build(shapes, np.random.default_rng(3))
    sitter = sitters.seat(armature)
    for seed, side in enumerate("LRLR"):
        file = tmp_path / "render.png"
        sitters.portrait(sitter, raised(side), file, np.random.default_rng(seed))
        upper = pixels.read(file)[:SIZE, :, 3]  # the upper half of a picture twice as large
        columns = np.flatnonzero(upper.max(axis=0) > 0.5)
        head = np.flatnonzero(upper[np.flatnonzero(upper.max(axis=1) > 0.5)[0]] > 0.5).mean()
        reach = {"L": columns[-1] - head, "R": head - columns[0]}
        assert reach[side] > 1.3 * reach["R" if side == "L" else "L"]


def test_a_close_picture_shows_more_of_less(tmp_path):
    sitter, file = sitters.seat(rig_file.load(command.CHARACTER)), tmp_path / "render.png"
    heads = []
    for close in (False, True):
        sitters.portrait(sitter, NEUTRAL, file, np.random.default_rng(2), sitters.View(close))
        shown = pixels.read(file)[..., 3] > 0.5
        heads.append(shown[:60].sum(axis=1).mean())
    assert heads[1] > 1.5 * heads[0]


def test_poses_say_which_are_seen_close(tmp_path):
    plain = command.read_poses(poses_file(tmp_path / "plain.npz"))
    assert plain.close.tolist() == [False, False]
    marked = poses_file(tmp_path / "marked.npz", close=np.array([False, True]))
    assert command.read_poses(marked).close.tolist() == [False, True]


def test_people_differ_in_build_and_keep_their_joints():
    shapes = people.read(command.PEOPLE_FILE)
    widths = []
    for seed in range(4):
        armature = people.build(shapes, np.random.default_rng(seed))
        detection = map_for(armature)
        assert detection.family == "MPFB default" and detection.has_arms
        body = armature.children[0]
        points = np.array([vertex.co for vertex in body.data.vertices])
        wrist = np.array(armature.data.bones["wrist.L"].head_local)
        assert np.linalg.norm(points - wrist, axis=1).min() < 0.04
        widths.append(points[:, 0].max() - points[:, 0].min())
    assert np.ptp(widths) > 0.05


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"speaker": None}, "holds no poses"),
        ({"directions": np.zeros((2, 42, 3))}, "not numbers or have no length"),
        ({"directions": np.ones((2, 9, 3))}, "instead of (frames, 42, 3)"),
        ({"speaker": np.array([0])}, "names no speaker for each of its 2 poses"),
        ({"speaker": np.array([0.5, 1.0])}, "as many whole numbers"),
        ({"speaker": np.array([0, -1])}, "number them from 0"),
        ({"close": np.array([True])}, "yes or no for each pose"),
    ],
)
def test_poses_that_cannot_be_used_are_one_sentence(tmp_path, capfd, changes, sentence):
    poses = poses_file(tmp_path / "bad.npz", **changes)
    assert render(poses, tmp_path / "out") == 2
    said = capfd.readouterr().err.strip()
    assert sentence in said and "bad.npz" in said and "\n" not in said


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--count", "0"], "choose 1 or more"),
        (["--seed", "-1"], "choose 0 or more"),
        (["--rig", "nobody.fbx"], "There is no rig file"),
    ],
)
def test_wrong_options_are_one_sentence(tmp_path, capfd, more, sentence):
    poses = poses_file(tmp_path / "poses.npz")
    assert render(poses, tmp_path / "out", *more) == 2
    assert sentence in capfd.readouterr().err


def test_file_that_is_no_npz_is_one_sentence(tmp_path, capfd):
    wrong = tmp_path / "text.npz"
    wrong.write_text("poses")
    assert render(wrong, tmp_path / "out") == 2
    assert "holds no poses" in capfd.readouterr().err


def test_a_hand_in_a_pocket_is_not_seen(tmp_path):
    sitter, file = sitters.seat(rig_file.load(command.CHARACTER)), tmp_path / "render.png"
    seen = []
    for hidden in ((False, False), (True, True), (False, False)):
        view = sitters.View(hidden=hidden)
        sitters.portrait(sitter, NEUTRAL, file, np.random.default_rng(2), view)
        seen.append(pixels.read(file)[..., 3] > 0.5)
    assert (seen[0] & ~seen[1]).sum() > 200  # of what stands out, the hands
    np.testing.assert_array_equal(seen[0], seen[2])  # and it is back
