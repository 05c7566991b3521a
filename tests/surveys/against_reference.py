# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference's HA2G beside ours, in one process and turn about: a ratio of `ha2g bench`.

    python tests/surveys/against_reference.py FOLDER [--json] [ROW …]

FOLDER: a checkout of https://github.com/alvinliu0/HA2G, whose code stays there. Both have the
published sizes and weights of chance, hear the same 60 s and the same words, and run their networks
alone, window after window, as the published synthesis does; ours through all of its synthesis.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from ha2g_engine.bench.engine import anew  # noqa: E402
from ha2g_engine.bench.speech import write_speech  # noqa: E402
from ha2g_engine.checkpoints.files import save  # noqa: E402
from ha2g_engine.models.config import ModelConfig  # noqa: E402
from ha2g_engine.models.ha2g import HA2G  # noqa: E402
from ha2g_engine.synthesis.synthesizer import Synthesizer  # noqa: E402
from ha2g_engine.synthesis.windows import window_starts  # noqa: E402

SECONDS = 60.0
TURNS = 5
WORDS, SPEAKERS = 2000, 100
CONFIG = ModelConfig(identity="speaker", n_speakers=SPEAKERS, n_words=WORDS, composed=False)


class Reference:
    """Its audio encoder and six pose generators, as its synthesis calls them."""

    def __init__(self, folder, config):
        sys.path.insert(0, str(Path(folder) / "scripts"))
        from model import hierarchy_net, vocab

        people = vocab.Vocab("vid", insert_default_tokens=False)
        for number in range(config.n_speakers):
            people.index_word(str(number))
        sizes = argparse.Namespace(
            n_poses=config.frames, n_pre_poses=config.given, hidden_size=config.hidden,
            n_layers=config.gru_layers, dropout_prob=config.dropout, input_context="both",
            z_type="speaker", freeze_wordembed=False, wordembed_dim=config.word_dim,
        )  # fmt: skip
        levels = len(config.levels)
        self.widths = [len(config.level_columns(level)) for level in range(levels)]
        self.hear = hierarchy_net.Hierarchical_WavEncoder(sizes, people, levels).eval()
        self.levels = [
            hierarchy_net.Hierarchical_PoseGenerator(
                sizes, width, config.n_words, config.word_dim, None, people
            ).eval()
            for width in self.widths
        ]

    @torch.no_grad()
    def run(self, spectrograms, words):
        """(W, 128, 70) and (W, 34), window after window, level after level."""
        speaker = torch.tensor([0])
        for window, said in zip(spectrograms, words, strict=True):
            *_, heard = self.hear(window[None], speaker)
            for width, level, audio in zip(self.widths, self.levels, heard, strict=True):
                level(torch.zeros(1, len(said), width + 1), said[None], audio, speaker)


def ratios(folder, config=CONFIG, seconds=SECONDS, turns=TURNS):
    """The reference's time over ours, TURNS times in turn after one each."""
    torch.manual_seed(0)
    windows = len(window_starts(round(seconds * 15), config.windows))
    reference = Reference(folder, config)
    spectrograms = torch.rand(windows, 128, 70) * 80 - 80
    words = torch.from_numpy(np.zeros((windows, config.frames), np.int64))
    with tempfile.TemporaryDirectory() as place:
        speech, path = Path(place) / "speech.wav", Path(place) / "ours.safetensors"
        write_speech(speech, seconds)
        save(path, HA2G(config))
        ours = Synthesizer(path)
        found = []
        for _ in range(1 + turns):
            times = [timed(lambda: reference.run(spectrograms, words))]
            times.append(timed(lambda: anew(ours, speech)))
            print(f"reference {times[0]:.2f} s, ours {times[1]:.2f} s", file=sys.stderr)
            found.append(times[0] / times[1])
    return found[1:]


def timed(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the reference's checkout")
    parser.add_argument("rows", nargs="*", help="full_ratio, or none for it")
    parser.add_argument("--json", action="store_true", help="print all values")
    asked = parser.parse_args()
    found = {"full_ratio": ratios(asked.folder)}
    print(json.dumps(found) if asked.json else found)


if __name__ == "__main__":
    main()
