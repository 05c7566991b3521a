# SPDX-License-Identifier: GPL-3.0-or-later
"""Imagined people: on a map, mixed, with names."""

import bpy
import pytest
from conftest import JFK


@pytest.fixture
def settings(fake_engine, tmp_path, monkeypatch):
    monkeypatch.setattr(fake_engine.engine.process, "user_folder", lambda: tmp_path / "user")
    return bpy.context.scene.gestures


def test_a_click_on_the_map_chooses_a_person(fake_engine, settings):
    people, jobs = fake_engine.properties.people, fake_engine.engine.jobs
    jobs.wait(jobs.start("hello", {}, ""))
    assert not people.has_map()
    assert bpy.ops.gestures.person_map() == {"FINISHED"}
    assert people.has_map()
    assert len(people.items(None, None)) == 64
    settings.identity_share = 0.3
    settings.person_on_map = "21"
    assert settings.identity_seed == 21
    assert settings.identity_share == 0.0
    number, name, told, _, _ = people.items(None, None)[3]
    assert (number, name) == ("21", "Person 21")
    assert told == "Mostly the right hand. The whole body follows the beat."


def test_a_person_is_kept_under_a_name_and_comes_back(fake_engine, settings):
    people = fake_engine.properties.people
    assert not bpy.ops.gestures.person_load.poll()
    settings.identity_seed, settings.identity_other, settings.identity_share = 5, 9, 0.25
    assert bpy.ops.gestures.person_save(name=" Ada ") == {"FINISHED"}
    settings.identity_seed, settings.identity_share = 1, 0.0
    assert bpy.ops.gestures.person_save(name="Bob") == {"FINISHED"}
    assert list(people.named()) == ["Ada", "Bob"]
    assert people.free_name("Bob") != "Bob"
    assert bpy.ops.gestures.person_load(name="Ada") == {"FINISHED"}
    assert people.of(settings) == people.Who(5, 9, 0.25)
    assert bpy.ops.gestures.person_forget(name="Ada") == {"FINISHED"}
    assert list(people.named()) == ["Bob"]
    with pytest.raises(RuntimeError, match="cannot be a person's name"):
        bpy.ops.gestures.person_save(name="  ")


@pytest.mark.parametrize(
    "text", ["", "[]", '{"a": [1, 2]}', '{"a": [1, 2, 7]}', '{"a": [-1, 2, 0]}']
)
def test_a_damaged_file_of_names_is_nobody(fake_engine, settings, text):
    people = fake_engine.properties.people
    people.file().parent.mkdir(parents=True, exist_ok=True)
    people.file().write_text(text)
    assert people.named() == {}
    people.save("Eve", people.Who(3))
    assert people.named() == {"Eve": people.Who(3)}


def test_a_mixture_is_asked_for_and_kept_with_the_take(fake_engine, settings, character):
    jobs, request = fake_engine.engine.jobs, fake_engine.takes.request
    jobs.wait(jobs.start("hello", {}, ""))
    settings.speech = str(JFK)
    settings.identity_seed, settings.identity_other, settings.identity_share = 5, 9, 0.25
    asked = request.request_from(bpy.context).engine_params()
    assert (asked["identity_seed"], asked["identity_other"]) == (5, 9)
    assert asked["identity_share"] == 0.25
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    take = character.animation_data.action
    made = fake_engine.takes.record.of(take)
    assert (made.identity_other, made.identity_share) == (9, 0.25)
    settings.identity_share = 0.0
    fake_engine.takes.recall.show_settings(bpy.context, character, take)
    assert (settings.identity_other, settings.identity_share) == (9, 0.25)
