"""Candidates of a training sample come from other frames, lie on the sample's person, and show its colours."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_footage import small_footage
from small_learner import REFERENCES

from motion_transfer.body.model import BodyModel
from motion_transfer.datasets.candidate_samples import COUNT, CandidateSampler
from motion_transfer.registration.footage import RegisteredFootage

SETTINGS = replace(REFERENCES, apart_s=0.2)
FRAME = 5


@pytest.fixture(scope="module")
def footage(tiny_body: BodyModel) -> RegisteredFootage:
    return small_footage(tiny_body)


def sampled(footage: RegisteredFootage, crops: list[int]) -> dict[str, torch.Tensor]:
    sampler = CandidateSampler(footage, crops, SETTINGS)
    track = footage.crops.track
    pose = footage.capture.motion.pose[FRAME : FRAME + 1]
    return sampler(pose, FRAME, track.window_from_frame(FRAME), track.size, None)


@pytest.mark.slow
def test_they_show_the_person_of_the_sample(footage: RegisteredFootage) -> None:
    found = sampled(footage, list(range(len(footage.crops))))
    size = footage.crops.track.size
    assert found["candidate_rgb"].shape == (COUNT, 3, size.height, size.width)
    truth = torch.from_numpy(np.array(footage.crops.rgb[FRAME])).permute(2, 0, 1) / 127.5 - 1
    best = found["candidate_confidence"].amax(0)
    person = torch.from_numpy(np.array(footage.crops.matte[FRAME])) > 250
    assert (best[person] > 0).float().mean() > 0.9
    chosen = found["candidate_confidence"].argmax(0)
    colours = found["candidate_rgb"].gather(0, chosen[None, None].expand(1, 3, -1, -1))[0]
    sure = person & (best > 0.3)
    assert (colours - truth).abs()[:, sure].mean() < 0.1


@pytest.mark.slow
def test_neither_the_frame_itself_nor_its_neighbours_are_used(footage: RegisteredFootage) -> None:
    apart = 0.2 * float(footage.capture.motion.fps)
    near = [index for index in range(len(footage.crops)) if abs(index - FRAME) <= apart]
    assert FRAME in near
    assert sampled(footage, near)["candidate_confidence"].max() == 0
    assert sampled(footage, [*near, 0, len(footage.crops) - 1])["candidate_confidence"].max() > 0


@pytest.mark.slow
def test_half_of_the_samples_are_painted_from_far_poses_only(footage: RegisteredFootage) -> None:
    sampler = CandidateSampler(footage, list(range(len(footage.crops))), SETTINGS)
    pose = footage.capture.motion.pose[FRAME : FRAME + 1]
    draws = [tuple(sampler._allowed(pose, FRAME, np.random.default_rng(seed))) for seed in range(12)]
    assert len(set(draws)) > 1
    assert sampler._allowed(pose, FRAME, None) == sampler._allowed(pose, FRAME, None)
