# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report tells of paths and names: of no system more than where they roughly are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.report.privacy import Privacy

LINUX = Privacy(
    homes=["/home/jürgen müller"],
    people=["jürgen müller", "müllerbox"],
    project="/home/jürgen müller/films/Secret Hero",
    kept={
        "/home/jürgen müller/.config/blender/5.0/extensions/user_default/gestures": "<add-on>",
        "/opt/blender": "<blender>",
    },
    names=["hero monologue"],
)
WINDOWS = Privacy(
    homes=[r"C:\Users\Jürgen Müller"],
    people=["Jürgen Müller"],
    project=r"D:\Clients\Secret Hero",
    kept={r"C:\Users\Jürgen Müller\AppData\Roaming\Blender\gestures": "<add-on>"},
)
MAC = Privacy(
    homes=["/Users/jürgen"],
    people=["jürgen"],
    project="/Volumes/Work Disk/Secret Hero",
    kept={"/Users/jürgen/Library/Application Support/Blender/gestures": "<add-on>"},
)


@pytest.mark.parametrize(
    ("privacy", "said", "told"),
    [
        (
            LINUX,
            "The speech file '/home/jürgen müller/films/Secret Hero/My talk.wav' does not exist.",
            "The speech file '<project>/<file 1>.wav' does not exist.",
        ),
        (LINUX, "'/home/jürgen müller/my voice.FLAC' is", "'~/<file 1>.flac' is"),
        (LINUX, "loading /data/x/y.wav", "loading …/<file 1>.wav"),
        (LINUX, "'/mnt/Anna's disk/y.wav' is no sound", "'…/<file 1>.wav' is no sound"),
        (LINUX, "'/mnt/the boys' disk/y.wav' is no sound", "'…/<file 1>.wav' is no sound"),
        (LINUX, "'Anna's talk.wav': empty", "'<file 1>.wav': empty"),
        (LINUX, "'//voices/Anna 1.wav' is", "'<project>/<file 1>.wav' is"),
        (LINUX, "/home/anna/a b/bin/python: No module named x", "~/<folder 1>: No module named x"),
        (LINUX, "as jürgen müller on müllerbox", "as <user> on <user>"),
        (LINUX, "'hero monologue take 3' keeps no motion", "'<take 3>' keeps no motion"),
        (LINUX, "Made 'Anna's talk take 12'.", "Made '<take 12>'."),
        (LINUX, "hero monologue lasts 3 s", "<name> lasts 3 s"),
        (LINUX, "file:///home/anna/x%20y.wav", "~/<file 1>.wav"),
        (
            WINDOWS,
            r"'C:\Users\Jürgen Müller\Desktop\talk.wav' does not exist.",
            "'~/<file 1>.wav' does not exist.",
        ),
        (WINDOWS, r"['c:\\users\\JÜRGEN MÜLLER\\talk.wav']", "['~/<file 1>.wav']"),
        (WINDOWS, "C:/Users/JRGEN~1/AppData/Local/Temp/x.wav", "~/<file 1>.wav"),
        (WINDOWS, r"'D:\Clients\Secret Hero\v2\talk.wav'", "'<project>/<file 1>.wav'"),
        (WINDOWS, r"'D:\Clients\Other\talk.wav'", "'…/<file 1>.wav'"),
        (WINDOWS, r"'\\server\Secret Hero\talk.wav' is", "'…/<file 1>.wav' is"),
        (MAC, "'/Users/jürgen/Movies/talk.wav' is", "'~/<file 1>.wav' is"),  # as the disk has it
        (MAC, "'/Volumes/Work Disk/Secret Hero/t.wav' is", "'<project>/<file 1>.wav' is"),
        (MAC, "'/Volumes/Other Disk/t.wav' is", "'…/<file 1>.wav' is"),
        (MAC, "'/private/var/folders/ab/T/t.wav' is", "'…/<file 1>.wav' is"),
    ],
)  # fmt: skip
def test_a_path_becomes_where_it_is_roughly_and_what_it_ends_in(privacy, said, told):
    fresh = privacy  # numbers are given once: each case has its own
    fresh._numbers.clear()
    assert fresh.text(said) == told


@pytest.mark.parametrize(
    ("privacy", "line"),
    [
        (LINUX, "2026-01-01 10:00:00,123 INFO 4711 client: request 1, generate: 3.21 s: result"),
        (LINUX, "N/A, and/or, 1 / 6, 3/4, 2026/01/02, 15°/s, a 3 × 6 matrix, C: no drive"),
        (
            LINUX,
            "'mixamorig:LeftArm' has no bone, 'pinky_2.L' neither; torch 2.13.0+cpu, bpy.ops.x",
        ),
        (LINUX, 'File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode'),
        (LINUX, "OSError: /usr/lib/x86_64-linux-gnu/libcuda.so.1: file too short"),
        (WINDOWS, r'File "C:/Program Files/Blender/5.0/python/lib/json.py", line 3, in x'),
    ],
)
def test_what_is_not_private_stays(privacy, line):
    assert privacy.text(line) == line


def test_tracebacks_keep_where_they_are_in_the_program():
    folder = "/home/jürgen müller/.config/blender/5.0/extensions/user_default/gestures"
    said = f'File "{folder}/engine/client.py", line 9, in _start'
    assert LINUX.text(said) == 'File "<add-on>/engine/client.py", line 9, in _start'
    assert LINUX.text(f"{folder}/x.py: bad") == "<add-on>/x.py: bad"
    assert "Müller" not in WINDOWS.text(
        r"loading 'C:\Users\Jürgen Müller\AppData\Roaming\Blender\gestures\weights\a.safetensors'"
    )
    packages = 'File "/home/anna/secret/lib/python3.11/site-packages/torch/nn/x.py", line 1'
    told = 'File "~/…/lib/python3.11/site-packages/torch/nn/x.py", line 1'
    assert LINUX.text(packages) == told
    assert LINUX.text('File "/home/anna/x/lib/python3.13/json.py"').endswith('3.13/json.py"')
    windows = r'File "C:\Users\anna\AppData\Local\Programs\Python\Python311\Lib\json.py"'
    assert WINDOWS.text(windows) == 'File "~/…/Python311/Lib/json.py"'


def test_behind_a_programs_path_the_rest_is_looked_at_too():
    said = "'/opt/blender/5.0' and '/home/anna/secret.wav'; /opt/blender/x ran /home/bob/y.wav"
    told = LINUX.text(said)
    assert "secret" not in told
    assert "bob" not in told
    assert told.count("<blender>") == 2


def test_a_programs_folder_that_holds_private_ones_is_not_told():
    privacy = Privacy(homes=["/home/anna"], kept={"/home": "<python>", "/home/anna/": "<engine>"})
    assert privacy.text("'/home/anna/secret/x.wav' is") == "'~/<file 1>.wav' is"


def test_a_file_has_one_number_in_all_texts():
    privacy = Privacy()
    first, second = privacy.text("'/a/x.wav'"), privacy.text(r"'/b/y.wav' is not '/a/x.wav' there")
    assert first == "'…/<file 1>.wav'"
    assert second == "'…/<file 2>.wav' is not '…/<file 1>.wav' there"


def test_addresses_lose_passwords_paths_and_hosts_of_ones_own():
    told = Privacy().text(
        "https://me:secret@pypi.mine.example/simple https://pypi.org/simple/torch"
    )
    assert told == "https://…/… https://pypi.org/…"


def test_a_common_account_name_is_no_reason_to_lose_our_own_words():
    assert Privacy(people=["blender", "me"]).text("Blender 5.0 told me") == "Blender 5.0 told me"


# --- any path, in any sentence ------------------------------------------------------------

LETTERS = st.sampled_from("abcXYZ019 ._-'()&+üéßłжф中日本한😀")
SEGMENT = st.text(LETTERS, max_size=8).map(lambda text: f"zq{text}zq".replace("zq ", "zq"))
SEGMENTS = st.lists(SEGMENT, min_size=1, max_size=4)
ROOTS = st.sampled_from(
    [
        "/home/",
        "/Users/",
        "/mnt/",
        "/Volumes/",
        "/",
        "~/",
        "C:\\Users\\",
        "D:\\",
        "C:/",
        "\\\\",
        "//",
    ]
)
SUFFIXES = st.sampled_from([".wav", ".flac", ".blend", ".png", ".mp3", ".safetensors"])
SENTENCES = st.sampled_from(
    [
        "The speech file '{}' does not exist: choose another one.",
        "'{}' is no sound.",
        'File "{}", line 12, in <module>',
        "FileNotFoundError: [Errno 2] No such file or directory: '{}'",
        "refused ('{}'), and '{}' too.",
        "loading {}",
        "{}: cannot be opened",
        "1 / 6  {}",
    ]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(ROOTS, SEGMENTS, SUFFIXES, SENTENCES, st.booleans())
def test_nothing_of_any_path_is_left(root, segments, suffix, sentence, doubled):
    slash = "\\" if "\\" in root else "/"
    path = root + slash.join(segments) + suffix
    path = path.replace("\\", "\\\\") if doubled else path
    told = Privacy().text(sentence.replace("{}", path))
    assert "zq" not in told


@settings(max_examples=300, deadline=None)
@given(SEGMENT, SEGMENTS, SENTENCES)
def test_nothing_of_home_and_project_is_left_without_a_suffix_either(user, segments, sentence):
    project = f"/srv/{segments[0]}"
    privacy = Privacy(homes=[f"/srv/{user}"], project=project, people=[user])
    for path in (f"/srv/{user}", project, "/".join((project, *segments))):
        assert "zq" not in privacy.text(sentence.replace("{}", path))
