# SPDX-License-Identifier: GPL-3.0-or-later
"""BVH → directions: closed forms, Blender's importer, SmartBody out and in, and bad files."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import bvh_files as files
import numpy as np
import pytest
import soundfile
from shared_folder import GESTURES, ROOT, needs_gestures

from ha2g_engine.body.poses import FACE, HANDS
from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, unit
from ha2g_engine.cli.main import main
from ha2g_engine.data.convert import bvh, from_bvh, joint_map
from ha2g_engine.data.store import Store
from ha2g_engine.data.writer import Settings, write_sources
from ha2g_engine.errors import InputError

TRANSCRIPTS = ROOT / "tests" / "fixtures" / "transcripts"
LEFT, DOWN, BACK = np.eye(3)
BONE = {name: i for i, name in enumerate(EXPRESSIVE.bone_names)}
ELBOW = {"LeftForeArm": files.turn("Y", -90)}  # from the left to the front


def arm(directions, frame=0):
    """Left upper arm and forearm."""
    return directions[frame, [BONE["left_shoulder>left_elbow"], BONE["left_elbow>left_wrist"]]]


@pytest.mark.parametrize("naming", files.NAMINGS)
@pytest.mark.parametrize(
    ("axes", "scale", "order", "heading", "positions"),
    [
        (files.Y_UP, 100.0, "ZXY", 0, False),
        (files.Y_UP, 1.0, "YXZ", 130, True),
        (files.Z_UP, 39.37, "XYZ", -75, False),
        (files.X_UP, 0.01, "ZYX", 180, True),
    ],
)
def test_any_name_axis_unit_order_and_heading(
    tmp_path, naming, axes, scale, order, heading, positions
):
    style = files.Style(naming, axes, scale, order, positions)
    pose = {"Hips": files.turn("Y", heading), **ELBOW}
    directions = from_bvh.directions(files.write(tmp_path / "a.bvh", [pose] * 3, style))
    assert directions.shape == (2, 42, 3)
    np.testing.assert_allclose(arm(directions), [LEFT, -BACK], atol=1e-5)
    np.testing.assert_allclose(directions[0, BONE["spine>neck"]], -DOWN, atol=1e-5)
    np.testing.assert_allclose(directions[0, BONE["right_shoulder>right_elbow"]], -LEFT, atol=1e-5)
    shoulder = unit(np.array([0.18, 0.05, 0]))  # of the person: left and below the neck
    np.testing.assert_allclose(directions[0, BONE["neck>left_shoulder"]], shoulder, atol=1e-5)
    knuckle = unit(np.array([-0.015, 0, -0.09]))  # index on the inner side, palm down
    np.testing.assert_allclose(directions[0, BONE["left_wrist>left_index_1"]], knuckle, atol=1e-5)


def test_family_is_recognised():
    families = {"mixamo": "Mixamo", "biped": "Biped", "namespace": "MotionBuilder"}
    for naming, family in families.items():
        names = [files.NAMINGS[naming](joint) for joint in files.PERSON]
        found = joint_map.fit(names, naming)
        assert (found.family, found.has_face) == (family, False)
        assert all(found.finger(finger, side) for finger in joint_map.FINGERS for side in "LR")


def test_a_rig_preset_serves_as_map(tmp_path):
    path = files.write(tmp_path / "a.bvh", [ELBOW] * 2, files.Style("biped"))
    preset = ROOT / "rigs" / "rocketbox.toml"
    np.testing.assert_allclose(
        from_bvh.directions(path, preset), from_bvh.directions(path), atol=1e-6
    )


@pytest.mark.parametrize("rate", [24, 30, 59.94, 120])
def test_resampling_keeps_time_and_the_sphere(tmp_path, rate):
    """A forearm that turns at 40° a second is where it should be at every fifteenth."""
    seconds = np.arange(int(2 * rate) + 1) / rate
    poses = [{"LeftForeArm": files.turn("Y", -40 * t)} for t in seconds]
    style = files.Style(frame_time=1 / rate)
    directions = from_bvh.directions(files.write(tmp_path / "a.bvh", poses, style))
    angle = np.radians(40 * np.arange(len(directions)) / 15)
    expected = np.cos(angle)[:, None] * LEFT - np.sin(angle)[:, None] * BACK
    assert len(directions) in (30, 31)
    np.testing.assert_allclose(directions[:, BONE["left_elbow>left_wrist"]], expected, atol=1e-4)


def test_walking_about_goes_and_twisting_stays(tmp_path):
    """Hips that turn 20° a second face the camera; a chest 30° to the left stays so."""
    twist = {"Spine1": files.turn("Y", 30)}
    poses = [{"Hips": files.turn("Y", 20 * t / 30), **twist} for t in range(300)]
    directions = from_bvh.directions(files.write(tmp_path / "a.bvh", poses))
    expected = np.cos(np.radians(30)) * LEFT + np.sin(np.radians(30)) * BACK
    np.testing.assert_allclose(
        directions[60:90, BONE["left_shoulder>left_elbow"]], np.tile(expected, (30, 1)), atol=2e-3
    )


def test_the_face_follows_the_head(tmp_path):
    nod = {"Head": files.turn("X", 20)}  # forwards and down
    directions = from_bvh.directions(files.write(tmp_path / "a.bvh", [{}, {}, nod]))
    face = list(FACE)
    np.testing.assert_allclose(directions[0, face], NEUTRAL[face], atol=1e-6)
    expected = NEUTRAL[face] @ files.turn("X", 20).T  # the same turn: x stays, y and z both flip
    np.testing.assert_allclose(directions[1, face], expected, atol=1e-6)


def test_hands_without_fingers_follow_the_wrist(tmp_path):
    person = {joint: entry for joint, entry in files.PERSON.items() if "Hand" not in joint[:-1]}
    style = files.Style(person=person)
    flip = {"LeftHand": files.turn("X", 180)}  # palm up
    directions = from_bvh.directions(files.write(tmp_path / "a.bvh", [{}, {}, flip], style))
    hand = directions[:, list(HANDS[0])]
    found = joint_map.fit(list(person), "x")
    assert not any(found.finger(finger, side) for finger in joint_map.FINGERS for side in "LR")
    for frame, way in enumerate((-1, 1)):
        palm = unit(np.cross(hand[frame, 0], hand[frame, 6]))
        np.testing.assert_allclose(palm, [0, way, 0], atol=1e-5)
        np.testing.assert_allclose(unit(hand[frame, 0] + hand[frame, 6]), LEFT, atol=1e-5)
    bends = np.einsum("bi,ci->bc", hand[0], hand[0])
    neutral = NEUTRAL[list(HANDS[0])]
    np.testing.assert_allclose(bends, neutral @ neutral.T, atol=1e-5)


def test_a_finger_that_lacks_a_joint_follows_the_wrist_and_the_others_are_measured(tmp_path):
    fist = {f"LeftHand{f}{n}": files.turn("Z", -40) for f in files.FINGERS for n in (1, 2)}
    whole = files.write(tmp_path / "whole.bvh", [{}, {}, fist])
    person = {joint: entry for joint, entry in files.PERSON.items() if joint != "LeftHandPinky3"}
    files.write(tmp_path / "lacking.bvh", [{}, {}, fist], files.Style(person=person))
    expected = from_bvh.directions(whole)
    found = from_bvh.directions(tmp_path / "lacking.bvh")
    pinky = [bone for name, bone in BONE.items() if ">left_pinky" in name]
    others = [bone for name, bone in BONE.items() if ">left_pinky" not in name]
    np.testing.assert_allclose(found[:, others], expected[:, others], atol=1e-6)
    np.testing.assert_allclose(found[0, pinky], found[1, pinky], atol=1e-6)
    bends = np.einsum("bi,ci->bc", found[1, pinky], found[1, pinky])
    np.testing.assert_allclose(bends, NEUTRAL[pinky] @ NEUTRAL[pinky].T, atol=1e-5)


@pytest.mark.parametrize("lean", [-2.0, 0.0, 2.0])
def test_hands_without_fingers_on_hanging_arms_have_their_palms_to_the_thighs(tmp_path, lean):
    person = {joint: entry for joint, entry in files.PERSON.items() if "Hand" not in joint[:-1]}
    for side, sign in files.SIDES.items():
        aside = np.radians(lean) * sign
        for joint, length in ((f"{side}ForeArm", 0.28), (f"{side}Hand", 0.26)):
            step = (0.0, -length * np.cos(aside), length * np.sin(aside))
            person[joint] = (person[joint][0], step)
    style = files.Style(person=person)
    directions = from_bvh.directions(files.write(tmp_path / "a.bvh", [{}] * 3, style))
    for hand in HANDS:  # index × pinky: out of the left hand's back, of the right one's palm
        knuckles = directions[0, list(hand)]
        assert unit(np.cross(knuckles[0], knuckles[6])) @ LEFT > 0.99


def test_a_rest_pose_that_lies_down_is_not_measured_from(tmp_path):
    """All offsets along x, as some exporters write: the first frame serves instead."""
    lying = {"Hips": files.turn("Z", 90)}
    person = {
        joint: (parent, tuple(files.turn("Z", -90) @ np.asarray(offset, float)))
        for joint, (parent, offset) in files.PERSON.items()
    }
    path = files.write(tmp_path / "a.bvh", [lying] * 3, files.Style(person=person))
    directions = from_bvh.directions(path)
    np.testing.assert_allclose(directions[0, BONE["spine>neck"]], -DOWN, atol=1e-5)
    np.testing.assert_allclose(directions[0, list(FACE)], NEUTRAL[list(FACE)], atol=1e-5)


def random_poses(seed, frames=3):
    rng = np.random.default_rng(seed)
    return [
        {joint: files.turn("X", a) @ files.turn("Y", b) @ files.turn("Z", c)
         for joint, (a, b, c) in zip(files.PERSON, rng.uniform(-50, 50, (99, 3)), strict=False)}
        for _ in range(frames)
    ]  # fmt: skip


BLENDER = """
import json, sys, bpy
bpy.ops.import_anim.bvh(filepath=sys.argv[1], axis_forward="Y", axis_up="Z", rotate_mode="NATIVE")
rig = bpy.context.object
frames = []
for frame in range(1, 4):
    bpy.context.scene.frame_set(frame)
    frames.append({b.name: list(rig.matrix_world @ b.head) for b in rig.pose.bones})
print("JSON" + json.dumps(frames), flush=True)
import os; os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("bpy") is None, reason="Blender (bpy) is not installed here")
@pytest.mark.parametrize(("order", "positions"), [("ZXY", False), ("YZX", True)])
def test_joints_are_where_blenders_importer_puts_them(tmp_path, order, positions):
    rng = np.random.default_rng(5)
    steps = [{j: np.asarray(o) + rng.normal(0, 0.02, 3) for j, (p, o) in files.PERSON.items() if p}
             for _ in range(3)] if positions else None  # fmt: skip
    style = files.Style(order=order, positions=positions, scale=1.0)
    path = files.write(tmp_path / "a.bvh", random_poses(1), style, steps)
    done = subprocess.run([sys.executable, "-c", BLENDER, str(path)],
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    frames = json.loads(done.stdout.split("JSON")[-1])
    motion = bvh.read(path)
    placed = bvh.at(motion, np.arange(3) / 30)
    for frame, heads in enumerate(frames):
        for joint, position in zip(motion.joints, placed.positions[frame], strict=True):
            np.testing.assert_allclose(position, heads[joint.name], atol=2e-5, err_msg=joint.name)


ROCKETBOX = """
import bpy, json, os, random, sys
from mathutils import Euler
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.fbx(filepath=sys.argv[1])
rig = next(o for o in bpy.data.objects if o.type == "ARMATURE")
bpy.context.view_layer.objects.active = rig
rig.select_set(True)
bpy.context.scene.render.fps = 30
random.seed(1)
parts = ("Arm", "arm", "Hand", "Finger", "Head", "Neck")
for frame in (1, 5):
    for bone in rig.pose.bones:
        reach = 0.5 * (frame - 1) / 4 * any(part in bone.name for part in parts)
        bone.rotation_mode = "QUATERNION"
        turn = Euler([random.uniform(-reach, reach) for _ in "xyz"])
        bone.rotation_quaternion = turn.to_quaternion()
        bone.keyframe_insert("rotation_quaternion", frame=frame)
heads = []
for frame in (1, 3, 5):
    bpy.context.scene.frame_set(frame)
    heads.append({b.name: list(rig.matrix_world @ b.head) for b in rig.pose.bones})
bpy.ops.export_anim.bvh(filepath=sys.argv[2], frame_start=1, frame_end=5, rotate_mode="NATIVE")
print("JSON" + json.dumps(heads), flush=True)
os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("bpy") is None, reason="Blender (bpy) is not installed here")
def test_a_real_biped_out_of_blender(tmp_path):
    """Rocketbox posed in Blender and exported there: bones point where Blender's point."""
    rig, path = ROOT / "rigs" / "rocketbox" / "Male_Adult_04.fbx", tmp_path / "biped.bvh"
    done = subprocess.run([sys.executable, "-c", ROCKETBOX, str(rig), str(path)],
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    frames = json.loads(done.stdout.split("JSON")[-1])
    directions = from_bvh.directions(path)
    assert len(directions) == len(frames) == 3
    from_blender = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    for bone, parent, child in (
        ("left_shoulder>left_elbow", "L UpperArm", "L Forearm"),
        ("left_elbow>left_wrist", "L Forearm", "L Hand"),
        ("right_elbow>right_wrist", "R Forearm", "R Hand"),
        ("left_wrist>left_index_1", "L Hand", "L Finger1"),
        ("left_index_1>left_index_2", "L Finger1", "L Finger11"),
        ("right_thumb_1>right_thumb_2", "R Finger0", "R Finger01"),
        ("right_pinky_2>right_pinky_3", "R Finger41", "R Finger42"),
        ("spine>neck", "Spine2", "Neck"),
    ):
        for frame, heads in enumerate(frames):
            way = np.subtract(heads[f"Bip01 {child}"], heads[f"Bip01 {parent}"])
            cosine = unit(from_blender @ way) @ directions[frame, BONE[bone]]
            assert np.degrees(np.arccos(min(cosine, 1))) < 0.5, (bone, frame)


# Our joints as MotionBuilder names them, for writing a clip out
OURS = {"spine": "Spine", "neck": "Neck", "nose": "Nose"} | {
    f"{side.lower()}_{ours}": f"{side}{theirs}"
    for side in files.SIDES
    for ours, theirs in (
        ("shoulder", "Arm"), ("elbow", "ForeArm"), ("wrist", "Hand"), ("eye", "Eye"),
        ("ear", "Ear"),
        *((f"{f.lower()}_{n}", f"Hand{f}{n}") for f in files.FINGERS for n in (1, 2, 3)),
    )
}  # fmt: skip


def arc(start, end):
    """(3, 3) the shortest rotation (Rodrigues)."""
    axis, c = np.cross(start, end), float(start @ end)
    x, y, z = axis
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + k + k @ k / (1 + c)


def performed(pose, person):
    """Local rotations and steps of one (42, 3) pose: bones turn, and fans of bones also move."""
    ours_to_file = np.diag([1.0, -1.0, -1.0])
    world, turns, steps = {"Hips": np.eye(3), "Spine": np.eye(3)}, {}, {}
    for bone, (parent, child) in enumerate(EXPRESSIVE.bones):
        parent, child = OURS[parent], OURS[child]
        way, rest = ours_to_file @ pose[bone], np.asarray(person[child][1])
        if parent not in world:
            above = world[person[parent][0]]
            world[parent] = arc(unit(above @ rest), way) @ above
            turns[parent] = above.T @ world[parent]
        steps[child] = world[parent].T @ way * np.linalg.norm(rest)
    return turns, steps


@needs_gestures
def test_smartbody_out_to_bvh_and_back(tmp_path):
    with np.load(GESTURES / "smartbody_gestures_15fps.npz", allow_pickle=False) as arrays:
        motion = arrays["directions"][arrays["offsets"][5] : arrays["offsets"][6]]
    person = {"Hips": (None, (0, 1, 0)), "Spine": ("Hips", (0, 0.1, 0)),
              "Head": ("Neck", (0, 0.1, 0)), "LeftUpLeg": ("Hips", (0.1, 0, 0)),
              "RightUpLeg": ("Hips", (-0.1, 0, 0))}  # fmt: skip
    for bone, (parent, child) in enumerate(EXPRESSIVE.bones):
        offset = np.diag([1, -1, -1]) @ NEUTRAL[bone] * EXPRESSIVE.bone_length[bone]
        person[OURS[child]] = (OURS[parent], tuple(offset))
    turns, steps = zip(*(performed(pose, person) for pose in motion), strict=True)
    style = files.Style(positions=True, frame_time=1 / 15, person=person, order="YXZ")
    path = files.write(tmp_path / "a.bvh", turns, style, steps)
    assert from_bvh.directions(path).shape == motion.shape
    np.testing.assert_allclose(from_bvh.directions(path), motion, atol=1e-4)


def recording(folder, name="a", frames=60):
    """X.bvh of some seconds at 15 fps, waving, and X.wav."""
    folder.mkdir(parents=True, exist_ok=True)
    poses = [{"LeftForeArm": files.turn("Y", -60 + 60 * np.sin(t / 3))} for t in range(frames)]
    path = files.write(folder / f"{name}.bvh", poses, files.Style(frame_time=1 / 15))
    samples = 0.1 * np.random.default_rng(0).standard_normal(frames * 22050 // 15)
    soundfile.write(path.with_suffix(".wav"), samples, 22050)
    return path


def test_sources_pair_motion_sound_and_words(tmp_path):
    path = recording(tmp_path / "anna", "take1")
    path.with_suffix(".json").write_text('[["hello", 0.5, 0.9]]')
    recording(tmp_path / "bert", "7_carl_x")
    first, second = from_bvh.sources(tmp_path)
    assert (first.name, first.speaker, second.speaker) == ("anna/take1", "anna", "bert")
    assert first.words[0].text == "hello" and second.words is None
    assert len(first.waveform) == 64_000 and first.directions.shape == (60, 42, 3)
    options = from_bvh.Options(speaker=r"_([a-z]+)_")
    unnamed, _ = from_bvh.sources(tmp_path, options)
    assert isinstance(unnamed, InputError) and "take1" in str(unnamed)
    assert from_bvh.speaker_of(Path("bert/7_carl_x.bvh"), options.speaker) == "carl"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda t: t[: t.index("MOTION")], "no MOTION part"),
        (lambda t: t[: t.rstrip().rindex("\n")] + "\n", "announces 3 frames and holds 2"),
        (lambda t: t.replace("LeftHand\n", "Paw\n"), "no joint for hand.L"),
        (lambda t: t.rstrip() + " 7\n", "numbers in frame 3"),
        (lambda t: t[: t.rstrip().rindex(" ")] + " nan\n", "not finite"),
        (lambda t: t.replace("Frame Time:", "Time:"), "'Frame Time:' are missing"),
        (lambda t: t.replace("OFFSET", "OFFSET x", 1), "line 4"),
        (lambda t: "PK\x03\x04", "no BVH file"),
    ],
)
def test_bad_files_say_what_is_wrong(tmp_path, damage, said):
    path = files.write(tmp_path / "bad take.bvh", [{}] * 3)
    path.write_text(damage(path.read_text()))
    with pytest.raises(InputError, match=said) as raised:
        from_bvh.directions(path)
    assert "bad take.bvh" in str(raised.value)


@pytest.mark.parametrize("name", ["a.WAV", "A.wav", "a.Flac", "a.ogg", "a.MP3"])
def test_sound_of_any_kind_and_case(tmp_path, name):
    path = recording(tmp_path)
    sound, rate = soundfile.read(path.with_suffix(".wav"))
    path.with_suffix(".wav").unlink()
    soundfile.write(tmp_path / name, sound, rate, format=name[name.index(".") + 1 :].upper())
    path.rename(path.with_suffix(".BVH"))
    (found,) = from_bvh.sources(tmp_path)
    assert found.name == "a" and abs(len(found.waveform) - 64_000) < 3000


@pytest.mark.parametrize("name", sorted(path.name for path in TRANSCRIPTS.glob("*.TextGrid")))
def test_a_textgrid_is_read_and_a_json_of_something_else_is_told(tmp_path, name):
    path = recording(tmp_path)
    path.with_suffix(".json").write_text('{"names": ["jawOpen"], "frames": []}')
    (found,) = from_bvh.sources(tmp_path)
    assert found.words is None
    assert len(found.remarks) == 1 and "Passed over: " in found.remarks[0]
    assert "a.json' is no timed transcript" in found.remarks[0]
    path.with_suffix(".TextGrid").write_bytes((TRANSCRIPTS / name).read_bytes())
    (found,) = from_bvh.sources(tmp_path)
    assert [word.text for word in found.words][:3] == ["Ask", "not", "what"]
    assert found.remarks == ()


def test_what_is_told_of_a_recording_reaches_the_user(tmp_path, capsys):
    path = recording(tmp_path / "in")
    path.with_suffix(".json").write_text("{}")
    path.with_suffix(".srt").write_bytes((TRANSCRIPTS / "whisper_segments.srt").read_bytes())
    command = ["data", "convert", "bvh", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert main([*command, "--keep-all"]) == 0
    said = capsys.readouterr().out
    assert "Passed over: " in said and "a.json' is no timed transcript" in said
    assert "a.srt' times phrases, not words" in said
    assert "all are in train" in said
    assert [c.split for c in Store(tmp_path / "out").clips] == ["train"]


def test_missing_sound_and_empty_folder(tmp_path):
    with pytest.raises(InputError, match=r"no \.bvh file"):
        list(from_bvh.sources(tmp_path))
    recording(tmp_path).with_suffix(".wav").unlink()
    (fault,) = from_bvh.sources(tmp_path)
    assert isinstance(fault, InputError) and "a.wav, .flac, .ogg or .mp3 beside" in str(fault)


def test_a_folder_becomes_a_data_set_without_its_faulty_file(tmp_path):
    for name in ("anna", "bert", "carl"):
        recording(tmp_path / "in" / name)
    bad = recording(tmp_path / "in" / "dora")
    bad.write_text("HIERARCHY")
    with pytest.raises(InputError, match="dora"):
        write_sources(tmp_path / "out", from_bvh.sources(tmp_path / "in"), EXPRESSIVE)
    sources = from_bvh.sources(tmp_path / "in")
    report = write_sources(tmp_path / "out", sources, EXPRESSIVE, Settings(skip_bad=True))
    assert report.clips == 3 and "dora" in report.bad[0]
    data = Store(tmp_path / "out")
    assert sorted(clip.split for clip in data.clips) == ["test", "train", "val"]
    assert data.mel[slice(*data.clips[0].mel)].max() == 0  # the loudest bin of real sound
