# SPDX-License-Identifier: GPL-3.0-or-later
"""The network's own rules: levels, initial poses, style, widths, checkpoints."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from ha2g_engine.body.skeleton import EXPRESSIVE, joint_positions, skeleton
from ha2g_engine.checkpoints import files
from ha2g_engine.errors import InputError
from ha2g_engine.models.audio_learner import blend
from ha2g_engine.models.config import HIERARCHIES, ModelConfig
from ha2g_engine.models.ha2g import HA2G

SMALL = {
    "audio_widths": (8, 8, 16, 32),
    "audio_blocks": (1, 1, 1, 1),
    "hidden": 16,
    "gru_layers": 1,
    "image_widths": (8, 8, 8, 8),
}


def window(config, batch=2):
    rng = torch.Generator().manual_seed(0)
    mel = torch.rand(batch, 128, 70, generator=rng) * -80
    initial = 0.1 * torch.randn(batch, 4, config.table.pose_dim, generator=rng)
    return mel, initial, torch.randn(batch, 16, generator=rng)


@pytest.mark.parametrize(("name", "widths"), [("expressive", [24, 30, 36, 66, 96, 126]),
                                              ("gesture", [15, 21, 27])])  # fmt: skip
@pytest.mark.parametrize("words", [0, 11])
def test_shapes_at_any_width(name, widths, words):
    config = ModelConfig(skeleton=name, n_words=words, text_layers=2, **SMALL)
    model = HA2G(config).eval()
    text = torch.randint(words, (2, 34)) if words else None
    output = model(*window(config), text)
    assert [pose.shape for pose in output.levels] == [(2, 34, w) for w in widths]
    assert output.style.shape == (2, 3, len(widths))
    torch.testing.assert_close(output.style.sum(dim=1), torch.ones(2, len(widths)))
    assert output.mu.shape == output.logvar.shape == (2, len(widths), 16)


def test_levels_only_add_bones():
    for name in ("expressive", "gesture"):
        levels = skeleton(name).levels
        for coarse, fine in itertools.pairwise(levels):
            assert set(coarse) < set(fine)
        assert levels[-1] == tuple(range(len(skeleton(name).bones)))


def test_a_level_sees_true_poses_first_then_the_coarser_level():
    config = ModelConfig(**SMALL)
    level = HA2G(config).levels[1]
    initial = torch.arange(4 * 126, dtype=torch.float32).reshape(1, 4, 126)
    seed = level._seed_poses(torch.full((1, 34, 24), 7.0), initial, 34)
    columns = ModelConfig().level_columns(1)
    torch.testing.assert_close(seed[0, :4, :-1], initial[0][:, columns])
    assert (seed[0, :4, -1] == 1).all()
    assert (seed[0, 4:, -1] == 0).all()
    new = [i for i, column in enumerate(columns) if column // 3 in (3, 20)]
    assert (seed[0, 4:, new] == 0).all()
    assert (seed[0, 4:].sum(dim=-1) == 24 * 7).all()


def test_blend_is_paper_equation_3():
    low, mid, high = torch.randn(3, 2, 34, 5).unbind()
    style = torch.rand(2, 3, 4)
    result = blend((low, mid, high), style)
    for b in range(2):
        for h in range(4):
            expected = style[b, 0, h] * low[b] + style[b, 1, h] * mid[b] + style[b, 2, h] * high[b]
            torch.testing.assert_close(result[b, h], expected)


def test_the_cascade_can_start_at_any_level():
    config = ModelConfig(**SMALL)
    model = HA2G(config).eval()
    mel, initial, identity = window(config)
    audio = blend(model.audio(mel), model.style(identity))
    whole, _, _ = model.infer(audio, initial, identity)
    rest, _, _ = model.infer(audio, initial, identity, first_level=3, coarser=whole[2])
    for full, part in zip(whole[3:], rest, strict=True):
        torch.testing.assert_close(full, part)


@pytest.mark.parametrize(
    ("name", "hierarchy"),
    [*(("expressive", h) for h in HIERARCHIES), ("gesture", "full"), ("gesture", "holistic")],
)
def test_each_bone_is_shown_as_the_level_says_that_introduces_it(name, hierarchy):
    config = ModelConfig(skeleton=name, hierarchy=hierarchy, **SMALL)
    levels = [
        torch.tensor([[[100.0 * h + c for c in config.level_columns(h)]]])
        for h in range(len(config.levels))
    ]
    shown = HA2G(config).pose(levels)[0, 0]
    for bone in range(len(config.table.bones)):
        first = next(h for h, bones in enumerate(config.levels) if bone in bones)
        assert shown[3 * bone : 3 * bone + 3].tolist() == [
            100 * first + 3 * bone + a for a in range(3)
        ]
    published = HA2G(replace(config, composed=False)).pose(levels)
    assert torch.equal(published, levels[-1])


@pytest.mark.parametrize(("hierarchy", "same"), [("no_hand", "full"), ("no_body", "holistic")])
def test_ablations_of_hands_are_refused_where_there_are_none(hierarchy, same):
    said = f'model.hierarchy = "{hierarchy}" is about the hands, .* it would be "{same}"'
    with pytest.raises(InputError, match=said):
        ModelConfig(skeleton="gesture", hierarchy=hierarchy)


def test_what_is_finer_never_reaches_a_coarser_level():
    model = HA2G(ModelConfig(**SMALL)).eval()
    mel, initial, identity = window(model.config)
    finer = torch.ones(126, dtype=torch.bool)
    finer[model.config.level_columns(2)] = False
    before = model(mel, initial, identity)
    after = model(mel, initial + finer, identity)
    shown = [torch.equal(a, b) for a, b in zip(before.levels, after.levels, strict=True)]
    assert shown == [True] * 3 + [False] * 3
    assert torch.equal(before.pose[..., ~finer], after.pose[..., ~finer])


def test_variation_seed_moves_z_and_mean_does_not():
    config = ModelConfig(**SMALL)
    model = HA2G(config).eval()
    inputs = window(config)
    mean = [model(*inputs).pose for _ in range(2)]
    varied = [model(*inputs, None, torch.Generator().manual_seed(s)).pose for s in (1, 1, 2)]
    torch.testing.assert_close(mean[0], mean[1])
    torch.testing.assert_close(varied[0], varied[1])
    assert not torch.equal(varied[0], varied[2])


def test_speaker_zero_is_a_speaker():
    model = HA2G(ModelConfig(identity="speaker", n_speakers=3, **SMALL)).eval()
    rows = model.identity_from_speakers(torch.tensor([0, 1]))
    assert rows.shape == (2, 7, 16)
    assert not torch.equal(rows[0], rows[1])
    with pytest.raises(InputError, match="picture"):
        model.identity_from_images(torch.zeros(1, 1, 3, 224, 224))


@pytest.mark.parametrize("half", [False, True])
def test_a_checkpoint_gives_the_same_model_back(tmp_path, half):
    config = ModelConfig(**SMALL)
    model = HA2G(config).eval()
    model.rest_pose += 0.25
    path = tmp_path / "deep" / "m.safetensors"
    files.save(path, model, {"epoch": 4}, half=half)
    again, notes = files.load(path)
    assert notes == {"epoch": 4}
    assert again.config == config
    inputs = window(config)
    tolerance = 2e-2 if half else 0
    torch.testing.assert_close(again(*inputs).pose, model(*inputs).pose, atol=tolerance, rtol=0)
    assert files.info(path)["parameters"] > 1000
    assert list(path.parent.iterdir()) == [path]


def test_wrong_checkpoints_are_one_sentence(tmp_path, small_checkpoint):
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(small_checkpoint.read_bytes()[:5000])
    foreign = tmp_path / "foreign.safetensors"
    from safetensors.torch import save

    foreign.write_bytes(save({"x": torch.zeros(1)}))
    for path in (cut, foreign, tmp_path / "missing.safetensors"):
        with pytest.raises(InputError, match=path.name):
            files.load(path)


def test_unknown_and_impossible_settings_are_named():
    with pytest.raises(InputError, match="hiden"):
        ModelConfig.from_dict({"hiden": 3})
    with pytest.raises(InputError, match="audio_widths"):
        ModelConfig(audio_widths=(8, 8, 9, 32))
    with pytest.raises(InputError, match="nobody"):
        ModelConfig(skeleton="nobody")


def test_joint_positions_follow_the_directions():
    points = joint_positions(EXPRESSIVE.neutral[None], EXPRESSIVE)[0]
    index = EXPRESSIVE.joints.index
    assert points[index("left_shoulder"), 0] > 0 > points[index("right_shoulder"), 0]
    assert points[index("nose"), 1] < points[index("neck"), 1]  # y points down
    elbow, wrist = points[index("left_elbow")], points[index("left_wrist")]
    np.testing.assert_allclose(np.linalg.norm(wrist - elbow), 0.33, atol=1e-5)
