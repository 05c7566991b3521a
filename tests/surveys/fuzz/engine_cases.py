# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stranger's file may be to the engine: sounds, pictures, transcripts, plans, settings."""

import io
import json
import struct
import zlib

import numpy as np
import soundfile
import tiny_models
from damage import EVIL, bytes_of, fresh, json_of, pick, text_of, values_of
from PIL import Image
from running import finite

from ha2g_engine import image
from ha2g_engine.checkpoints import files
from ha2g_engine.cli import reading
from ha2g_engine.gestures.meanings import meant
from ha2g_engine.gestures.plan import Plan, codes_over_time
from ha2g_engine.pictures import finder
from ha2g_engine.pictures.opening import open_picture
from ha2g_engine.pictures.study import study
from ha2g_engine.speech import phrases, transcript
from ha2g_engine.synthesis import answer, asking
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer
from ha2g_engine.training.config import load_config

SOUNDS = (
    ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "DOUBLE"), ("WAV", "PCM_24"), ("WAV", "ULAW"),
    ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_16"), ("RF64", "FLOAT"), ("W64", "PCM_16"),
    ("AIFF", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"), ("CAF", "PCM_16"), ("AU", "PCM_16"),
)  # fmt: skip
RATES = (8_000, 16_000, 22_050, 44_100, 48_000)
LEVELS = (0.0, 1e-30, 1e-4, 0.1, 1.0, 1e4, 1e9, 1e30, 3e38)
FELT = np.zeros((60, 2))  # of a speech without beats
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16", "F", "CMYK", "YCbCr", "LAB")
KINDS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "ICO", "TGA", "PCX", "EPS", "PDF")
SAYS = ("It", "is", "huge,", "and", "I,", "me:", "no!", "Over", "there", "[laughter]", "yes.")


class Engine:
    """The cases, with one small model for all of them."""

    def __init__(self, folder):
        self.model = folder / "told.safetensors"
        files.save(self.model, *tiny_models.told())
        self.synthesizer = Synthesizer(self.model)
        self.speech = folder / "speech.wav"
        soundfile.write(self.speech, voice(np.random.default_rng(0), 16_000, 1.2, 1), 16_000)
        self.plan = self.synthesizer.generate(self.speech, Settings()).plan.to_dict()
        self.configs = sorted((files.DEFAULT.parents[1] / "training" / "configs").rglob("*.toml"))

    @property
    def kinds(self):
        return {
            "sounds": self.sounds,
            "pictures": self.pictures,
            "transcripts": self.transcripts,
            "plans": self.plans,
            "styles": self.styles,
            "configs": self.settings,
        }

    def takes(self, speech, settings):
        """A take of SPEECH, as it goes over the pipe."""
        self.synthesizer.forget()
        take = self.synthesizer.generate(speech, settings)
        values, arrays = answer.of(take, speech)
        json.dumps(values, allow_nan=False)
        finite(*arrays.values())

    def sounds(self, rng, folder):
        path = folder / pick(rng, ("a.wav", "a.mp3", "a.raw", "a"))
        path.write_bytes(sound(rng))
        self.takes(path, Settings())
        found, seconds = phrases.phrases(path)
        finite(found, seconds)

    def pictures(self, rng, folder):
        path = folder / pick(rng, ("a.png", "a.jpg", "a.eps", "a"))
        path.write_bytes(picture(rng))
        pixels = image.load_reference(path)
        assert pixels.shape == (3, image.SIZE, image.SIZE)
        finite(pixels, self.synthesizer.style(Settings(images=[path])))
        if finder.is_set_up():
            finite(*(seen.pose.directions for seen in study([path]).seen if seen.pose))
        else:
            assert open_picture(path).shape[2] == 3

    def transcripts(self, rng, folder):
        path = folder / "words"
        path.write_bytes(words(rng))
        said = transcript.load_transcript(path)
        transcript.word_frames(said, transcript.indexed(["", "", "", "<UNK>", "huge"]), 100)
        meant(said, [])
        finite([(word.start, word.end) for word in said])
        if rng.random() < 0.2:
            self.takes(self.speech, Settings(transcript=path))

    def plans(self, rng, folder):
        path = folder / "plan.json"
        path.write_bytes(json_of(rng, self.plan))
        plan = reading.read_plan(path)
        again = Plan.from_dict(json.loads(json.dumps(plan.to_dict(), allow_nan=False)))
        assert again == plan
        finite(codes_over_time(plan.steps()[-1], self.synthesizer.planner.repertoire, FELT, 60))
        if len(plan.edits) < 5:
            self.takes(self.speech, Settings(plan=plan))

    def styles(self, rng, folder):
        if rng.random() < 0.3:
            asking.settings(
                {pick(rng, ("energy", "seed", "style", "image")): fresh(pick(rng, EVIL))}
            )
            return
        path = folder / "style.json"
        path.write_bytes(json_of(rng, [[0.2, 0.5, 0.1, 1, 2, 3.0]] * 3))
        style = reading.read_style(path)
        self.takes(self.speech, Settings(style=style))

    def settings(self, rng, folder):
        path = folder / "config.toml"
        text = pick(rng, self.configs).read_text("utf-8")
        path.write_bytes(pick(rng, (b"x = " + b"[" * 50_000, text_of(rng, text))))
        load_config(path)


def voice(rng, rate, seconds, channels):
    """(samples, channels) of noise in syllables."""
    time = np.arange(round(seconds * rate)) / rate
    loud = 0.2 * (np.sin(2 * np.pi * 3 * time) > 0)
    return loud[:, None] * rng.standard_normal((len(time), channels))


def sound(rng):
    """The bytes of a sound file, most of them damaged."""
    kind, subtype = pick(rng, SOUNDS)
    rate = 48_000 if subtype == "OPUS" else pick(rng, RATES)
    channels = int(pick(rng, (1, 1, 2, 6 if subtype == "PCM_16" and kind == "WAV" else 2)))
    samples = voice(rng, rate, rng.uniform(0.05, 1.5), channels)
    if subtype in ("FLOAT", "DOUBLE") and rng.random() < 0.5:
        samples *= pick(rng, LEVELS) * 5
        spoiled = rng.integers(len(samples), size=3)
        samples[spoiled] = pick(rng, (0.0, 1.0, np.nan, np.inf, -np.inf, 1e38))
    file = io.BytesIO()
    soundfile.write(file, samples, rate, subtype, format=kind)
    content = file.getvalue()
    return content if rng.random() < 0.15 else bytes_of(rng, content)


def picture(rng):
    """The bytes of a picture file, most of them damaged."""
    size = int(rng.integers(1, 90)), int(rng.integers(1, 90))
    noise = rng.integers(0, 255, (*size, 3), np.uint8)
    mode, kind = pick(rng, MODES), pick(rng, KINDS)
    file = io.BytesIO()
    try:
        made = Image.fromarray(noise)
        made = (
            made.convert("L").convert("I").convert(mode) if mode[0] == "I" else made.convert(mode)
        )
        more = {"compression": "tiff_lzw"} if kind == "TIFF" and rng.random() < 0.5 else {}
        made.save(file, kind, **more)
    except (OSError, ValueError, KeyError):  # not every format has every mode
        file = io.BytesIO()
        Image.fromarray(noise).save(file, "PNG")
    content = file.getvalue()
    if content[1:4] == b"PNG" and rng.random() < 0.2:
        return declared(rng, content)
    return content if rng.random() < 0.1 else bytes_of(rng, content)


def declared(rng, png):
    """PNG with another size in its header, whose checksum is right."""
    size = (pick(rng, (0, 1, 9000, 20_000, 2**31 - 1)) for _ in range(2))
    head = png[12:16] + struct.pack(">II", *size) + png[24:29]
    return png[:12] + head + struct.pack(">I", zlib.crc32(head)) + png[33:]


def words(rng):
    """The bytes of a transcript in one of its forms, damaged."""
    times = [(word, 0.3 * i, 0.3 * i + 0.25) for i, word in enumerate(SAYS)]
    listed = [list(one) for one in times]
    entries = [{"word": w, "start": a, "end": b} for w, a, b in times]
    forms = (
        lambda: json_of(rng, listed),
        lambda: json_of(rng, {"segments": [{"words": entries, "text": "all", "start": 0}]}),
        lambda: json_of(rng, {"chunks": [{"text": w, "timestamp": [a, b]} for w, a, b in times]}),
        lambda: json_of(rng, {"results": [{"alternatives": [{"words": entries}]}]}),
        lambda: text_of(rng, "".join(f"{w}\t{a}\t{b}\n" for w, a, b in times)),
        lambda: text_of(rng, "WEBVTT\n\n" + "".join(map(_cue, times))),
        lambda: text_of(rng, "".join(f"{i}\n{_cue(t)}" for i, t in enumerate(times, 1))),
        lambda: text_of(rng, _grid(times)),
    )
    return pick(rng, forms)()


def _cue(word):
    text, first, last = word
    return f"00:00:{first:06.3f} --> 00:00:{last:06.3f}\n<c>{text}</c>\n\n"


def _grid(times):
    rows = "".join(
        f'    intervals [{i}]:\n      xmin = {a}\n      xmax = {b}\n      text = "{w}"\n'
        for i, (w, a, b) in enumerate(times, 1)
    )
    return (
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 9\n'
        'tiers? <exists>\nsize = 1\nitem []:\n  item [1]:\n    class = "IntervalTier"\n'
        f'    name = "words"\n    xmin = 0\n    xmax = 9\n    intervals: '
        f"size = {len(times)}\n{rows}"
    )


def request(rng, engine, paths):
    """One line for the worker: a request with something evil in it, or no request at all."""
    params = {
        "speech": str(engine.speech),
        "checkpoint": str(engine.model),
        "image": str(pick(rng, paths)),
        "identity_seed": 3,
        "seed": 2,
        "energy": 0.5,
        "style": [[0.2, 0.5, 0.1, 1, 2, 3.0]] * 3,
        "transcript": str(pick(rng, paths)),
        "rest": True,
        "plan": engine.plan,
        "stroke": 0,
        "exchange_seed": 4,
        "change": {"do": "change", "stroke": 0, "time": 1.0, "size": 0.8, "hold": 1.0},
    }
    kept = {k: v for k, v in params.items() if k in ("speech", "checkpoint") or rng.random() < 0.4}
    method = pick(
        rng, ("generate", "style", "exchange", "edit", "repertoire", "phrases", "hello", "dance")
    )
    tree = {"id": 1, "method": method, "params": values_of(rng, kept)}
    if rng.random() < 0.1:
        tree = values_of(rng, tree)
    line = json.dumps(tree).encode()
    if rng.random() < 0.05:
        line = pick(rng, (b"[" * 100_000, b"", b"\xff\xfe", b"9" * 9000, bytes_of(rng, line)))
    return line.replace(b"\n", b" ")
