# SPDX-License-Identifier: GPL-3.0-or-later
"""Words' vectors are read from the files that others write, and training starts from them."""

import json
import zipfile

import numpy as np
import pytest
from tiny_training import WORDS, make_data, write_config

from ha2g_engine.cli.main import main
from ha2g_engine.data import vectors
from ha2g_engine.data.store import Store
from ha2g_engine.errors import InputError
from ha2g_engine.training.config import load_config
from ha2g_engine.training.loop import Trainer

KEYS = {"coffee": 3197928453018144401, "I": 4690420944186131903}  # as spaCy's pages print them


def written(path, rows, head=True):
    """A text file of vectors; ROWS: word → numbers."""
    size = len(next(iter(rows.values())))
    lines = [f"{len(rows)} {size}"] * head
    lines += [f"{word} {' '.join(map(str, row))}" for word, row in rows.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("head", [True, False])
def test_text_keeps_only_the_rows_that_are_asked_for(tmp_path, head):
    rows = {f"w{i}": (i, -i, 0.5) for i in range(1, 50)} | {"größe": (1, 2, 3)}
    found = vectors.find(["w7", "größe", "gone"], written(tmp_path / "a.vec", rows, head))
    assert found.keys() == {"w7", "größe"}
    np.testing.assert_array_equal(found["w7"], [7, -7, 0.5])


@pytest.mark.parametrize("kind", [".vec", ".bin"])
def test_what_gensim_writes(tmp_path, kind):
    fasttext = pytest.importorskip("gensim.models.fasttext", reason="gensim is not here")
    said = [["we", "talk", "with", "our", "hands"], ["hands", "talk", "louder", "than", "words"]]
    model = fasttext.FastText(
        said * 20, vector_size=12, min_count=1, epochs=2, bucket=500, workers=1
    )
    path = tmp_path / f"a{kind}"
    if kind == ".bin":
        fasttext.save_facebook_model(model, str(path))
    else:
        model.wv.save_word2vec_format(str(path))
    found = vectors.find(["hands", "handsome"], path)
    np.testing.assert_allclose(found["hands"], model.wv["hands"], atol=1e-5)
    assert ("handsome" in found) == (kind == ".bin")  # by its letters


@pytest.mark.parametrize("packed", [True, False])
def test_a_spacy_pipeline_s_folder_and_wheel(tmp_path, packed):
    msgpack = pytest.importorskip("msgpack", reason="msgpack is not here")
    table = np.arange(8, dtype=np.float32).reshape(2, 4)
    vocab = tmp_path / "model" / "_model" / "vocab"
    vocab.mkdir(parents=True)
    with (vocab / "vectors").open("wb") as file:
        np.save(file, table)
    rows = {KEYS["coffee"]: 1, KEYS["I"]: 0}
    (vocab / "key2row").write_bytes(msgpack.packb(rows))
    source = tmp_path / "model"
    if packed:
        source = tmp_path / "model.whl"
        with zipfile.ZipFile(source, "w") as wheel:
            for name in vectors.SPACY:
                wheel.write(vocab / name, f"model/_model/vocab/{name}")
    found = vectors.find(["coffee", "I", "tea"], source)
    assert found.keys() == {"coffee", "I"}
    np.testing.assert_array_equal(found["coffee"], table[1])


@pytest.mark.parametrize("word", KEYS)
def test_spacy_s_keys(word):
    assert vectors.spacy_key(word) == KEYS[word]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.vec", b""),
        ("a.vec", b"2 3\nword 1 2\nother 1 2 3\n"),
        ("a.vec", b"2 3\nword x y z\n"),
        ("a.vec", b"\x00" * 10_000),
        ("a.vec", b"1 3\nword " + b"1" * 100_000),
        ("a.vec", b"1 3\nword nan nan nan\n"),
        ("a.whl", b"PK\x03\x04 no archive"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{name}.*:") as caught:
        vectors.find(["word", "other"], path)
    assert "\n" not in str(caught.value)


def test_the_shell_keeps_the_words_of_a_data_set_and_training_starts_from_them(tmp_path, capsys):
    config = write_config(tmp_path)
    make_data(tmp_path / "data")
    words = vectors.said(Store(tmp_path / "data"))
    assert words == sorted({text for text, _, _ in WORDS})
    random = np.random.default_rng(0)
    rows = {word: random.normal(0, 0.1, 20).round(4) for word in (*words[1:], "unsaid")}
    source = written(tmp_path / "all.vec", rows)
    assert main(["data", "vectors", str(tmp_path / "data"), "--from", str(source)]) == 0
    assert f"{len(words) - 1} of {len(words)} words, 20 numbers each" in capsys.readouterr().out
    kept = vectors.load(tmp_path / "data" / vectors.FILE)
    assert kept.keys() == set(words[1:])

    asked = [f"vectors={json.dumps(str(tmp_path / 'data' / vectors.FILE))}", "model.n_words=1"]
    asked += ["model.text_dim=8", "model.word_dim=20"]
    trainer = Trainer(load_config(config, asked))
    tables = [m for n, m in trainer.model.named_modules() if n.endswith(".embedding")]
    assert len(tables) >= 6  # of each level, and of the contrastive loss
    for one in tables:
        rows_now = one.weight.detach().numpy()
        table = dict(zip(trainer.streams.vocabulary, rows_now, strict=True))
        for word in words[1:]:
            np.testing.assert_allclose(table[word], rows[word], atol=1e-6)
        assert 0.05 < table[words[0]].std() < 0.2  # at random, as large as the others
    with pytest.raises(InputError, match=r"vectors have 20 numbers .* set it to 20"):
        Trainer(load_config(config, [*asked[:-1], "model.word_dim=30"]))
    with pytest.raises(InputError, match="reads no words"):
        Trainer(load_config(config, asked[:1]))
