# SPDX-License-Identifier: GPL-3.0-or-later
"""A study page holds its clips and hides who made them; scores agree with the literature."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from ha2g_engine.cli.study import app
from ha2g_engine.errors import InputError
from ha2g_engine.study.page import Study, read_clips, write_page
from ha2g_engine.study.score import (
    QUESTIONS,
    Rating,
    agreement,
    fleiss_kappa,
    opinion,
    read_results,
    score,
)

# Fleiss 1971, Table 1: 30 patients, 6 psychiatrists, each diagnosis a digit (1 depression,
# 2 personality disorder, 3 schizophrenia, 4 neurosis, 5 other).
PATIENTS = """
    444444 222555 233335 555555 222444 113333 333355 113334 114444 555555
    144444 124444 222333 144444 224445 333335 111455 111112 224444 133555
    555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
"""
FLEISS_1971 = PATIENTS.split()
# https://en.wikipedia.org/wiki/Fleiss%27_kappa, worked example: 10 subjects, 14 raters.
WIKIPEDIA = np.array(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
)
SYSTEMS = ("Hierarchic & co", "baseline|1")
SPEECHES = ("first", "second", "third")


@pytest.fixture
def folders(tmp_path):
    """Two folders of three files that begin as mp4 does, all different."""
    paths = []
    for k in range(2):
        paths.append(tmp_path / f"system-{k}")
        paths[k].mkdir()
        for stem in SPEECHES:
            (paths[k] / f"{stem}.mp4").write_bytes(b"\0\0\0\x20ftypisom" + f"{k}{stem}".encode())
    return paths


@pytest.fixture
def page(folders, tmp_path):
    clips = dict(zip(SYSTEMS, map(read_clips, folders), strict=True))
    path = tmp_path / "out" / "page.html"
    write_page(Study(clips, "Which <b>one</b> {{key}} {{clips}}?", 7), path)
    return path


class Reader(HTMLParser):
    """Visible text, contents of scripts by id, and every address in the page."""

    def __init__(self, text):
        super().__init__()
        self.text, self.scripts, self.addresses, self.inside = "", {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.inside = attributes.get("id", tag) if tag in ("script", "style") else None
        self.addresses += [attributes[key] for key in ("src", "href") if key in attributes]

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside is None:
            self.text += data
        else:
            self.scripts[self.inside] = data


def results(folder, table, study_id="abc"):
    """table: participant → ratings by speech, system, question."""
    for participant, values in table.items():
        rows = [
            {
                "speech": f"s{i}",
                "system": system,
                **dict(zip(QUESTIONS, values[i][k], strict=True)),
            }
            for i in range(len(values))
            for k, system in enumerate(SYSTEMS)
        ]
        content = {
            "format": "gesture-study-result",
            "study": study_id,
            "participant": participant,
            "systems": SYSTEMS,
            "ratings": rows,
        }
        (folder / f"{participant}.json").write_text(json.dumps(content), encoding="utf-8")
    return sorted(folder.glob("*.json"))


def drawn(people=4, speeches=3, seed=0):
    values = np.random.default_rng(seed).integers(1, 6, (people, speeches, 2, 3))
    return {f"p{i}": values[i].tolist() for i in range(people)}


def test_page_holds_the_clips_and_asks_no_network(page, folders):
    reader = Reader(page.read_text(encoding="utf-8"))
    for s, stem in enumerate(SPEECHES):
        for k, folder in enumerate(folders):
            video = base64.b64decode(reader.scripts[f"clip-{s}-{k}"])
            assert video == (folder / f"{stem}.mp4").read_bytes()
    assert reader.addresses == ["data:,"]
    assert "default-src 'none'" in page.read_text(encoding="utf-8")
    assert not list(page.parent.glob("*.part"))


def test_page_hides_names_and_keeps_the_title_as_text(page):
    text = page.read_text(encoding="utf-8")
    reader = Reader(text)
    for secret in (*SYSTEMS, *SPEECHES, "system-0"):
        assert secret not in reader.text
    for system in ("Hierarchic", "baseline"):
        assert system not in text
    assert reader.text.count("Which <b>one</b> {{key}} {{clips}}?") == 2
    key = json.loads(base64.b64decode(reader.scripts["key"]))
    assert key["systems"] == list(SYSTEMS)
    assert (key["speeches"], key["seed"]) == (list(SPEECHES), 7)


def test_the_same_clips_are_the_same_study_whatever_the_seed(folders):
    clips = dict(zip(SYSTEMS, map(read_clips, folders), strict=True))
    before = Study(clips, seed=1).digest()
    assert Study(clips, "Another title", 2).digest() == before
    (folders[0] / "first.mp4").write_bytes(b"\0\0\0\x20ftypisom other")
    assert Study(clips).digest() != before


@pytest.mark.skipif(not shutil.which("node"), reason="runs the page's own functions in Node.js")
def test_orders_are_permutations_repeat_and_are_balanced(page):
    script = Reader(page.read_text(encoding="utf-8")).scripts["script"]
    functions = re.search(r"function hash.*?(?=// ---- session)", script, re.S)[0]
    code = (
        "const study = {speeches: [0, 1, 2, 3], systems: [0, 1, 2]};"
        + functions
        + "console.log(JSON.stringify([...Array(3000).keys()].map((i) => draw(hash(`7 ab P${i}`)))"
        + ".concat([draw(hash('7 ab P0'))])))"
    )
    output = subprocess.run(["node", "-e", code], capture_output=True, check=True, text=True)
    plans = json.loads(output.stdout)
    assert plans[-1] == plans[0] != plans[1]
    first_speech, first_system = np.zeros(4), np.zeros(3)
    for plan in plans[:-1]:
        assert sorted(step["speech"] for step in plan) == [0, 1, 2, 3]
        assert all(sorted(step["systems"]) == [0, 1, 2] for step in plan)
        first_speech[plan[0]["speech"]] += 1
        first_system[plan[0]["systems"][0]] += 1
    assert stats.chisquare(first_speech).pvalue > 1e-4
    assert stats.chisquare(first_system).pvalue > 1e-4


def test_checkpoints_are_rendered_first(small_checkpoint, write_speech, tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    speech = tmp_path / "speech"
    speech.mkdir()
    write_speech().rename(speech / "hello.wav")
    out = tmp_path / "page.html"
    options = ["--speech", str(speech), "--out", str(out)]
    for name in ("one", "two"):
        own = shutil.copy(small_checkpoint, tmp_path / f"{name}.safetensors")
        options += ["--checkpoint", f"{name}={own}"]
    done = CliRunner().invoke(app, ["build", *options])
    assert done.exit_code == 0, done.output
    scripts = Reader(out.read_text(encoding="utf-8")).scripts
    assert base64.b64decode(scripts["clip-0-1"])[4:8] == b"ftyp"


def test_fleiss_kappa_of_fleiss_1971():
    counts = np.array([[patient.count(d) for d in "12345"] for patient in FLEISS_1971])
    assert counts.shape == (30, 5)
    np.testing.assert_allclose(fleiss_kappa(counts), 0.430, atol=5e-4)


def test_fleiss_kappa_of_wikipedia():
    np.testing.assert_allclose(fleiss_kappa(WIKIPEDIA), 0.210, atol=5e-4)


def test_fleiss_kappa_at_its_ends():
    assert fleiss_kappa(np.array([[3, 0], [0, 3]])) == 1.0
    assert fleiss_kappa(np.array([[1, 1], [1, 1]])) == -1.0
    assert fleiss_kappa(np.array([[3, 0], [3, 0]])) is None
    with pytest.raises(InputError, match="found 2 to 3"):
        fleiss_kappa(np.array([[3, 0], [0, 2]]))


def test_kappa_reaches_the_report_by_clip_and_rater():
    ratings = [
        Rating(f"rater {j}", f"patient {i}", "clinic", "synchrony", int(digit))
        for i, patient in enumerate(FLEISS_1971)
        for j, digit in enumerate(patient)
    ]
    agreed = agreement("synchrony", ratings[::-1])
    assert (agreed.clips, agreed.raters, agreed.note) == (30, 6, "")
    np.testing.assert_allclose(agreed.kappa, 0.430, atol=5e-4)


def test_unequal_numbers_of_raters_take_the_commonest_and_say_so():
    kept = {
        (i, j): Rating(f"r{j}", f"s{i}", "x", "smoothness", int(digit))
        for i, patient in enumerate(FLEISS_1971)
        for j, digit in enumerate(patient)
    }
    for lost in ((3, 0), (3, 1), (7, 5)):
        del kept[lost]
    agreed = agreement("smoothness", kept.values())
    rest = [p for i, p in enumerate(FLEISS_1971) if i not in (3, 7)]
    counts = np.array([[patient.count(d) for d in "12345"] for patient in rest])
    assert agreed.kappa == fleiss_kappa(counts)
    assert agreed.note == (
        "Kappa of smoothness: clips have unequal numbers of raters, so it uses the 28 of 30 clips "
        "that 6 people rated."
    )


def test_opinions_are_means_with_the_t_interval_of_the_raters_means(tmp_path):
    table = drawn(people=5, speeches=4)
    report = score(read_results(results(tmp_path, table)))
    values = np.array(list(table.values()), float)  # (people, speeches, systems, questions)
    assert [(o.system, o.question) for o in report.opinions] == [
        (system, question) for system in SYSTEMS for question in QUESTIONS
    ]
    for i, o in enumerate(report.opinions):
        asked = values[:, :, i // 3, i % 3]
        people = asked.mean(axis=1)
        interval = stats.t.interval(0.95, 4, people.mean(), stats.sem(people))
        np.testing.assert_allclose((o.low, o.high), np.clip(interval, 1, 5), rtol=1e-12)
        np.testing.assert_allclose((o.mean, o.deviation), (asked.mean(), asked.std(ddof=1)))
        assert (o.ratings, o.raters) == (20, 5)


def test_interval_needs_two_people_and_stays_on_the_scale():
    def rated(*answers):
        return opinion([Rating(p, f"s{i}", "x", "synchrony", v) for i, (p, v) in answers])

    alone = rated(*enumerate([("a", 2), ("a", 4)]))
    assert (alone.mean, alone.low, alone.high) == (3.0, None, None)
    apart = rated(*enumerate([("a", 1), ("b", 5)]))
    assert (apart.low, apart.high) == (1, 5)


def test_null_is_not_rated(tmp_path):
    table = drawn(people=3, speeches=2)
    table["p1"][0][1][2] = None
    report = score(read_results([results(tmp_path, table)[0].parent]))
    assert [o.ratings for o in report.opinions] == [6, 6, 6, 6, 6, 5]
    assert "3 of 4 clips that 3 people rated" in report.agreement[2].note


def test_score_command_writes_a_table_and_prints_json(tmp_path):
    files = [str(path) for path in results(tmp_path, drawn())]
    out = tmp_path / "tables" / "scores.md"
    done = CliRunner().invoke(app, ["score", *files, "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    content = json.loads(done.output)
    assert content["participants"] == 4
    table = out.read_text(encoding="utf-8")
    first = content["opinions"][0]
    assert f"| naturalness | {first['mean']:.2f} | {first['deviation']:.2f} |" in table
    assert "| baseline\\|1 |" in table
    assert [path.name for path in out.parent.iterdir()] == ["scores.md"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--clips", "a={missing}"], "is no folder"),
        (["--clips", "a={empty}"], "holds no mp4 clip:"),
        (["--clips", "a={0}"], "compares 2 to 8 systems, not 1"),
        (["--clips", "a={0}", "--clips", "a={1}"], "Two systems are named 'a'"),
        (["--clips", "a={0}", "--clips", "b={0}/../system-0"], "'a' and 'b' are both"),
        (["--checkpoint", "a=x", "--checkpoint", "b=./x", "--speech", "{0}"], "'a' and 'b' are"),
        (["--clips", "{0}"], "must read NAME=FOLDER"),
        (["--clips", "a={0}", "--checkpoint", "b=x"], "need each other"),
        (["--clips", "a={0}", "--clips", "b={fewer}"], "'a' has 'second' and 'b' has not"),
        (["--clips", "b={fewer}", "--clips", "a={0}"], "'a' has 'second' and 'b' has not"),
        (["--clips", "a={0}", "--clips", "b={broken}"], "third.mp4' is no mp4 video"),
    ],
)
def test_unusable_clips_are_one_sentence(folders, tmp_path, options, sentence):
    (tmp_path / "empty").mkdir()
    for name in ("fewer", "broken"):
        shutil.copytree(folders[1], tmp_path / name)
    (tmp_path / "fewer" / "second.mp4").unlink()
    (tmp_path / "broken" / "third.mp4").write_bytes(b"RIFF    WAVE")
    names = {name: tmp_path / name for name in ("missing", "empty", "fewer", "broken")}
    options = [option.format(*folders, **names) for option in options]
    out = tmp_path / "page.html"
    done = CliRunner().invoke(app, ["build", *options, "--out", str(out)])
    assert isinstance(done.exception, InputError)
    assert sentence in str(done.exception)
    assert not out.exists()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda c: c.pop("participant"), "has no 'participant'"),
        (lambda c: c.update(format="other"), "'format' is not 'gesture-study-result'"),
        (lambda c: c.update(ratings={}), "'ratings' must be a list"),
        (lambda c: c.update(study=3), "'study' must be a text"),
        (lambda c: c["ratings"][2].pop("smoothness"), "has no 'ratings[2].smoothness'"),
        (lambda c: c["ratings"][2].update(synchrony=6), "'ratings[2].synchrony' is 6, not"),
        (lambda c: c["ratings"][0].update(synchrony=True), "'ratings[0].synchrony' is true, not"),
        (lambda c: c["ratings"][0].update(synchrony=2.5), "'ratings[0].synchrony' is 2.5, not"),
        (lambda c: c["ratings"][1].update(system="z"), "'ratings[1].system' is 'z'"),
        (lambda c: c["ratings"].insert(0, 4), "'ratings[0]' must be an object"),
        (lambda c: c["ratings"].append(c["ratings"][0]), "the same clip a second time"),
    ],
)
def test_broken_results_name_the_file_and_the_key(tmp_path, damage, sentence):
    (path,) = results(tmp_path, drawn(people=1))
    content = json.loads(path.read_text(encoding="utf-8"))
    damage(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_results([path])
    assert str(path) in str(caught.value)
    assert sentence in str(caught.value)


def test_files_that_are_no_results(tmp_path):
    path = tmp_path / "cut.json"
    with pytest.raises(InputError, match=r"holds no \.json"):
        read_results([tmp_path])
    with pytest.raises(InputError, match="cannot be read"):
        read_results([path])
    for content in (b'{"format": ', b"\xff\xfe\x00"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"cut\.json' is no JSON"):
            read_results([path])


def test_results_that_do_not_belong_together(tmp_path):
    first, other = tmp_path / "first", tmp_path / "other"
    for folder in (first, other):
        folder.mkdir()
    mine = read_results(results(first, drawn(people=2)))
    with pytest.raises(InputError, match="both of participant 'p0'"):
        score([*mine, mine[0]])
    with pytest.raises(InputError, match="score one study at a time"):
        score([*mine, *read_results(results(other, drawn(people=1), "xyz"))])
    with pytest.raises(InputError, match="No result holds a rating"):
        score(read_results(results(other, {"p9": []})[-1:]))
