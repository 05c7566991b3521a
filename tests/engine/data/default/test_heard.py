"""What of a speech moves a body."""

import numpy as np
from bursts import bursts

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.data.default import heard


def test_a_body_is_down_on_a_beat_and_rises_before_it():
    found = heard.listen(bursts([1.0, 3.0]), 75)
    for time in (1.0, 3.0):
        near = slice(int((time - 0.3) * FPS), int((time + 0.5) * FPS))
        peak = near.start + int(found.beat[near].argmax())
        assert abs(peak / FPS - time) < 0.2
        assert found.beat[max(0, peak - 7) : peak - 2].min() < -0.05
    assert abs(found.beat[int(2.0 * FPS)]) < 0.05


def test_the_phrase_is_high_in_speech_and_low_in_silence():
    found = heard.listen(bursts([1.0, 1.3, 1.6, 1.9]), 90)
    assert found.phrase[int(1.5 * FPS)] > 0.5
    assert found.phrase[-15:].max() < 0.1
    assert np.abs(np.diff(found.phrase)).max() < 0.2


def test_silence_moves_nobody():
    found = heard.silence(30)
    assert found.frames == 30
    assert not found.accents
    assert not found.beat.any()
