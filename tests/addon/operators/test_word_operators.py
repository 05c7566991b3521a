# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said: pasted, opened, aligned, kept, moved, exported, and what takes make of it."""

import json
import random
import re
import time
from types import SimpleNamespace

import bpy
import pytest
from conftest import REPOSITORY

from blender_addon.operators.words import find, move
from blender_addon.properties import transcript
from blender_addon.speech import handles, timed_text, words
from blender_addon.takes import record, shown

PAGE = REPOSITORY / "docs/words.md"
SAID = "Well [shrug] I don't know no more"
ROWS = [["Well", 0.0, 0.25], ["[shrug] I", 0.3, 0.4], ["no", 0.5, 0.9]]


@pytest.fixture
def scene(fake_engine, character, speech_named):
    """A scene whose speech is chosen."""
    scene = bpy.context.scene
    scene.gestures.speech = str(speech_named("hello"))
    return scene


def write(scene, content):
    text = bpy.data.texts.new("said")
    text.write(content)
    scene.gestures_transcript.text = text


def aligned(scene, content=SAID):
    write(scene, content)
    assert bpy.ops.gestures.words_align() == {"FINISHED"}
    return scene.gestures_transcript


def rows(scene):
    return [list(word) for word in transcript.said(scene, scene.gestures.speech)]


def times(kept):
    return [(round(word.start, 3), round(word.end, 3)) for word in kept.words]


def test_plain_text_is_aligned_by_the_engine_and_kept(scene):
    kept = aligned(scene, "Well no more")
    assert rows(scene) == [["Well", 0.0, 0.2], ["no", 0.25, 0.45], ["more", 0.5, 0.7]]
    assert [(word.text, word.meaning) for word in kept.words if word.meaning] == [
        ("no", "negation")
    ]
    assert kept.words[1].sure == pytest.approx(0.8)


@pytest.mark.parametrize("form", ["json", "srt"])
def test_a_text_with_times_keeps_them_and_its_tags(scene, form):
    aligned(scene, json.dumps(ROWS) if form == "json" else timed_text.srt(map(tuple, ROWS)))
    assert rows(scene) == ROWS
    assert scene.gestures_transcript.words[1].tag == "shrug"


def test_a_text_that_begins_with_a_tag_is_plain(scene):
    kept = aligned(scene, "[shrug] I know")
    assert [(word.text, word.tag) for word in kept.words] == [("I", "shrug"), ("know", "")]


def test_what_asks_for_nothing_is_told(scene, capsys):
    write(scene, json.dumps([["[xq] I", 0.0, 0.4]]))
    bpy.ops.gestures.words_align()
    assert "No gesture is called [xq]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("", "is empty"), ("refused", "not what is said"), ("[[1, 2", "cannot be read"),
     ('[["a", NaN, 1]]', "cannot be read"), (f'[["a", {10**400}, 1]]', "cannot be read"),
     (r'[["a\ud800", 0, 1]]', "cannot be read"), (r'[["a\u0000b", 0, 1]]', "cannot be read")],
)  # fmt: skip
def test_what_cannot_be_used_is_a_sentence_and_changes_nothing(scene, content, sentence):
    aligned(scene, "Well no more")
    before = rows(scene)
    write(scene, content)
    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.gestures.words_align()
    assert rows(scene) == before


def test_pasting_makes_a_text(scene, monkeypatch):
    bpy.context.window_manager.clipboard = "what is said"
    if bpy.context.window_manager.clipboard != "what is said":
        pytest.skip("no clipboard without a window")
    bpy.ops.gestures.words_paste()
    assert scene.gestures_transcript.text.as_string() == "what is said"


def test_a_file_is_opened_whatever_its_encoding(scene, tmp_path):
    path = tmp_path / "said.TextGrid"
    path.write_bytes("naïve [no] word".encode("utf-16"))
    bpy.ops.gestures.words_open(filepath=str(path))
    assert scene.gestures_transcript.text.as_string().strip() == "naïve [no] word"
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.gestures.words_open(filepath=str(tmp_path / "nothing.txt"))


@pytest.mark.parametrize("content", [b"\x81\x8d\xff", b"\xff\xfe\x00\xd8a", b"\0\1\2\0"])
def test_a_file_that_is_no_text_is_a_sentence(scene, tmp_path, content):
    path = tmp_path / "said.txt"
    path.write_bytes(content)
    with pytest.raises(RuntimeError, match=r"said\.txt' is no text: save what is said as UTF-8"):
        bpy.ops.gestures.words_open(filepath=str(path))
    assert scene.gestures_transcript.text is None


@pytest.mark.parametrize("digits", ["1", "1:"])
def test_a_number_of_pages_is_looked_through_at_once(digits):
    begin = time.process_time()
    assert timed_text.words((digits * 400_000 + " -->").encode()) == ()
    assert time.process_time() - begin < 5.0


def test_without_text_or_words_the_buttons_say_so(scene):
    assert not bpy.ops.gestures.words_align.poll()
    assert find.GESTURES_OT_words_align.why_not(bpy.context) == find.NO_TEXT
    for verb in ("word_move", "word_go_to", "words_export", "words_clear"):
        assert not getattr(bpy.ops.gestures, verb).poll()


def test_words_are_recognised_and_kept_with_a_text_to_correct(scene):
    assert bpy.ops.gestures.words_recognise() == {"FINISHED"}
    kept = scene.gestures_transcript
    assert [word.text for word in kept.words] == ["no,", "I", "heard", "it"]
    assert kept.text.as_string() == "no, I heard it"
    kept.text.clear()
    kept.text.write("yes, I heard it")
    assert bpy.ops.gestures.words_align() == {"FINISHED"}
    assert kept.words[0].text == "yes,"


# --- moving ----------------------------------------------------------------------------


def test_a_word_moves_to_the_playhead_and_its_neighbours_make_room(scene):
    kept = aligned(scene, json.dumps([["a", 0, 0.4], ["b", 0.5, 0.9], ["c", 1.0, 1.4]]))
    fps = scene.render.fps / scene.render.fps_base
    scene.frame_set(round(scene.frame_start + 0.75 * fps))
    bpy.ops.gestures.word_move(word=1)
    assert times(kept) == [(0.0, 0.4), (0.75, 1.15), (1.15, 1.4)]
    bpy.ops.gestures.word_move(word=1, time=0.2)
    assert times(kept) == [(0.0, 0.2), (0.2, 0.6), (1.15, 1.4)]


def test_words_stay_in_order_wherever_one_goes(scene):
    draw = random.Random(0)
    kept = aligned(scene, " ".join(f"w{i}" for i in range(12)))
    for _ in range(200):
        number, time = draw.randrange(12), draw.uniform(0, 3)
        bpy.ops.gestures.word_move(word=number, time=time)
        starts = [word.start for word in kept.words]
        assert starts == sorted(starts)
        assert kept.words[number].start == pytest.approx(time, abs=1e-6)
        assert all(word.end >= word.start for word in kept.words)
    assert [text for text, _, _ in rows(scene)] == [f"w{i}" for i in range(12)]


def test_one_of_very_many_words_moves_past_all_others_in_seconds(scene):
    many = [(f"w{i}", i / 10, i / 10 + 0.08) for i in range(40_000)]
    transcript.put(scene, scene.gestures.speech, many)
    kept, begin = scene.gestures_transcript.words, time.process_time()
    transcript.move(kept, 5, 5000.0)
    assert time.process_time() - begin < 5.0
    assert kept[6].start == pytest.approx(5000.08, abs=1e-3)


def test_undo_takes_back_one_step_each(scene):
    bpy.ops.ed.undo_push(message="before")
    aligned(scene, json.dumps(ROWS))
    bpy.ops.ed.undo_push(message="aligned")
    bpy.ops.gestures.word_move(word=0, time=0.1)
    bpy.ops.ed.undo_push(message="moved")

    def start():
        return [row[1] for row in rows(bpy.context.scene)]

    assert start()[0] == 0.1
    bpy.ops.ed.undo()
    assert start() == [0.0, 0.3, 0.5]
    bpy.ops.ed.undo()
    assert start() == []
    bpy.ops.ed.redo()
    assert start() == [0.0, 0.3, 0.5]


def test_going_to_a_word_moves_the_playhead(scene):
    aligned(scene, json.dumps(ROWS))
    bpy.ops.gestures.word_go_to(word=2)
    fps = scene.render.fps / scene.render.fps_base
    assert scene.frame_current == round(scene.frame_start + 0.5 * fps)
    assert scene.gestures_transcript.active == 2
    for damaged in (float("nan"), 1e30):
        scene.gestures_transcript.words[0].start = damaged
        with pytest.raises(RuntimeError, match=r"no frame .* to go to"):
            bpy.ops.gestures.word_go_to(word=0)


def test_exported_subtitles_are_read_back(scene, tmp_path):
    aligned(scene, json.dumps(ROWS))
    bpy.ops.gestures.words_export(filepath=str(tmp_path / "said"))
    content = (tmp_path / "said.srt").read_bytes()
    assert [list(word) for word in timed_text.tagged(content)] == ROWS
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.gestures.words_export(filepath=str(tmp_path / "no" / "said.srt"))


def test_clearing_forgets_the_words_and_keeps_the_text(scene):
    aligned(scene, json.dumps(ROWS))
    bpy.ops.gestures.words_clear()
    assert rows(scene) == []
    assert scene.gestures_transcript.text is not None


# --- takes -----------------------------------------------------------------------------


def test_takes_are_made_with_the_words_and_remember_them(scene, character, monkeypatch):
    aligned(scene, json.dumps(ROWS))
    scene.gestures.word_gestures = 0.5
    sent = []
    start = find.jobs.start
    monkeypatch.setattr(find.jobs, "start", lambda *a, **k: (sent.append(a[1]), start(*a, **k))[1])
    bpy.ops.gestures.generate()
    assert [list(word) for word in sent[0]["words"]] == ROWS
    assert sent[0]["word_gestures"] == 0.5
    made = record.of(shown.take(character))
    assert [list(word) for word in made.words] == ROWS
    assert made.word_gestures == 0.5
    scene.gestures.word_gestures = 1.0
    bpy.ops.gestures.words_clear()
    bpy.ops.gestures.take_settings()
    assert rows(scene) == ROWS
    assert scene.gestures.word_gestures == 0.5


def test_words_of_another_speech_are_not_used(scene, speech_named):
    aligned(scene, json.dumps(ROWS))
    scene.gestures.speech = str(speech_named("other"))
    assert rows(scene) == []
    bpy.ops.gestures.generate()
    assert record.of(shown.take(shown.chosen.chosen_armature(bpy.context))).words == ()


def test_the_timeline_has_the_scenes_words_then_the_takes_then_a_files(scene, tmp_path):
    aligned(scene, json.dumps(ROWS))
    assert shown.words(bpy.context).frame(0.0) == scene.frame_start
    bpy.ops.gestures.generate()
    assert shown.words(bpy.context).numbers == (0, 1, 2)
    bpy.ops.gestures.words_clear()
    found = shown.words(bpy.context)
    assert [list(word) for word in found.words] == ROWS
    assert found.numbers == ()
    action = shown.find(bpy.context).action
    record.change(action, words=())
    (tmp_path / "hello.json").write_text('[["beside", 0, 1]]')
    assert shown.words(bpy.context).words == (("beside", 0.0, 1.0),)


def test_a_strangers_words_are_checked(scene):
    kept = aligned(scene, json.dumps(ROWS))
    for text, start, end in (("x", float("nan"), 1), ("y", 1, float("inf")), ("", 1, 2),
                             ("z" * 5000, 1, 2), ("back", 0.2, 0.1)):  # fmt: skip
        word = kept.words.add()
        word.text, word.start, word.end = text, start, end
    assert rows(scene) == sorted([*ROWS, ["back", 0.2, 0.2]], key=lambda row: row[1])


def test_reading_many_words_again_costs_nothing(scene):
    transcript.put(
        scene, scene.gestures.speech, [(f"w{i}", i / 3, i / 3 + 0.2) for i in range(9000)]
    )
    first = transcript.numbered(scene, scene.gestures.speech)
    assert transcript.numbered(scene, scene.gestures.speech) is first
    scene.gestures_transcript.words[4].start = 7777.0
    assert transcript.numbered(scene, scene.gestures.speech) is not first


# --- the mouse -------------------------------------------------------------------------


def places(scene, width=30.0):
    found = shown.words(bpy.context)
    return tuple(
        handles.placed(found.words, found.numbers, lambda s: 100 * s, 300.0, 1.0, lambda t: width)
    )


def test_words_stand_where_there_is_room_and_the_held_one_in_any_case(scene):
    aligned(scene, json.dumps([["a", 0, 0.2], ["b", 0.2, 0.3], ["c", 0.5, 0.6], ["d", 4, 5]]))
    assert [(one.text, one.left) for one in places(scene)] == [("a", 0.0), ("c", 50.0)]
    assert handles.under(places(scene), 60.0) == 2
    assert handles.under(places(scene), 40.0) is None
    handles.drag(1, 0.9)
    held = [(one.text, one.left) for one in places(scene) if one.held]
    handles.drop()
    assert held == [("b", 90.0)]


def test_the_words_line_is_above_the_band():
    band = handles.band(200.0, 1.0)
    assert handles.is_on_line(band + handles.ABOVE + 2, 200.0, 1.0)
    assert not handles.is_on_line(band / 2, 200.0, 1.0)


def test_a_dragged_word_is_moved_when_the_mouse_lets_go(scene, monkeypatch):
    kept = aligned(scene, json.dumps([["a", 0, 0.4], ["b", 0.5, 0.9]]))
    found = shown.words(bpy.context)
    at = {"x": 50}

    view = SimpleNamespace(
        region_to_view=lambda x, y: (found.frame(x / 100), 0),
        view_to_region=lambda frame, y, clip: (100 * found.seconds(frame), 0),
    )
    area = SimpleNamespace(type="DOPESHEET_EDITOR", tag_redraw=lambda: None)
    context = SimpleNamespace(
        scene=scene, area=area, region=SimpleNamespace(view2d=view, height=200, width=300),
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        active_object=bpy.context.active_object,
        window_manager=SimpleNamespace(modal_handler_add=lambda one: None, windows=()),
    )  # fmt: skip
    line = handles.band(200.0, 1.0) + handles.ABOVE + 2

    def event(kind, value="PRESS"):
        return SimpleNamespace(type=kind, value=value, mouse_region_x=at["x"], mouse_region_y=line)

    drag = SimpleNamespace(refusing=lambda work, context: work(context))
    for name in ("invoke", "modal", "cancel", "_show", "execute", "_done", "do", "number"):
        setattr(drag, name, getattr(move.GESTURES_OT_word_drag, name).__get__(drag))
    at["x"] = 52
    assert drag.invoke(context, event("LEFTMOUSE")) == {"RUNNING_MODAL"}
    assert kept.active == 1
    at["x"] = 82
    assert drag.modal(context, event("MOUSEMOVE")) == {"RUNNING_MODAL"}
    assert times(kept)[1] == (0.5, 0.9)
    assert drag.modal(context, event("LEFTMOUSE", "RELEASE")) == {"FINISHED"}
    assert times(kept)[1] == (0.8, 1.2)
    at["x"] = 290
    assert drag.invoke(context, event("LEFTMOUSE")) == {"PASS_THROUGH"}


# --- the page --------------------------------------------------------------------------


def test_the_page_does_what_it_says(scene, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "said.blend"))
    example = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    exec(compile(example, "words.md", "exec"), {"__name__": "__main__"})
    kept = bpy.context.scene.gestures_transcript
    assert kept.words[2].start == pytest.approx(1.1)
    assert [word.tag for word in kept.words if word.tag] == ["stop"]
    assert len(timed_text.tagged((tmp_path / "said.srt").read_bytes())) == len(kept.words) == 14


# --- one reader and the other ----------------------------------------------------------


@pytest.mark.once
def test_both_readers_tell_tags_alike(tmp_path):
    """The engine's own tests hold it to the same rows (tests/engine/speech/test_tagged_text.py)."""
    cases = json.loads((REPOSITORY / "tests/fixtures/tagged_transcripts.json").read_text("utf-8"))
    for content, expected in cases:
        found = timed_text.tagged(content.encode())
        assert [[t, pytest.approx(a), pytest.approx(b)] for t, a, b in found] == expected
    assert words.beside(str(tmp_path / "none.wav")) == ()
