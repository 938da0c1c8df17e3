"""The network that judges warped references: what it may change, and what it learns."""

import pytest
import torch

from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.rendering.stick_maps import STICK_CHANNELS
from motion_transfer.synthesis.candidates import Candidates, candidate_weights, candidates_of
from motion_transfer.synthesis.generators.reference_judge import ReferenceJudge
from motion_transfer.synthesis.losses import vote_loss

SIZE, COUNT = 32, 3
SETTINGS = {"base_channels": 4, "norm": "none", "activation": "leaky_relu"}


def batch(seed: int = 0) -> dict[str, torch.Tensor]:
    """The first candidate is right, the others are not; geometry believes all of them alike."""
    draw = torch.Generator().manual_seed(seed)
    truth = torch.rand(1, 3, SIZE, SIZE, generator=draw) * 0.2 + 0.3
    rgb = torch.stack([truth[0], truth[0] - 0.8, -truth[0]])[None]
    maps = torch.rand(1, len(SMPL_CHANNELS), SIZE, SIZE, generator=draw)
    maps[:, SMPL_CHANNELS.index("silhouette")] = 1
    return {
        "candidate_rgb": rgb,
        "candidate_alpha": torch.ones(1, COUNT, SIZE, SIZE),
        "candidate_confidence": torch.full((1, COUNT, SIZE, SIZE), 0.5),
        "rgb": truth,
        "plate": torch.zeros(1, 3, SIZE, SIZE),
        "weight": torch.ones(1, 1, SIZE, SIZE),
        "maps": maps,
    }


def test_untrained_it_leaves_the_choice_to_the_confidence() -> None:
    given = batch()
    given["candidate_confidence"][:, 1] = 0.9
    painted = ReferenceJudge(channels=SMPL_CHANNELS, **SETTINGS)(given["maps"], candidates=candidates_of(given))
    assert painted.votes is not None
    assert painted.votes.abs().max() == 0
    weights = candidate_weights(given["candidate_confidence"], torch.zeros(1, COUNT, SIZE, SIZE))
    assert torch.allclose(painted.rgb, (weights[:, :, None] * given["candidate_rgb"]).sum(1), atol=1e-5)
    assert torch.allclose(painted.alpha, torch.ones(1, 1, SIZE, SIZE))


@pytest.mark.slow
def test_it_learns_which_candidate_is_right() -> None:
    torch.manual_seed(0)
    judge = ReferenceJudge(channels=SMPL_CHANNELS, **SETTINGS)
    optimizer = torch.optim.Adam(judge.parameters(), lr=5e-3)
    for step in range(40):
        given = batch(step)
        votes = judge(given["maps"], candidates=candidates_of(given)).votes
        assert votes is not None
        loss = vote_loss(votes, given)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    given = batch(99)
    painted = judge(given["maps"], candidates=candidates_of(given))
    assert painted.votes is not None
    right, *wrong = painted.votes.mean((0, 2, 3)).tolist()
    assert right > 0 > max(wrong)
    assert (painted.rgb - painted.light - given["rgb"]).abs().mean() < 0.1


def test_the_loss_of_colours_never_reaches_the_votes() -> None:
    judge, given = ReferenceJudge(channels=SMPL_CHANNELS, **SETTINGS), batch()
    painted = judge(given["maps"], candidates=candidates_of(given))
    (painted.rgb - given["rgb"]).abs().mean().backward()
    assert judge.vote.weight.grad is None or judge.vote.weight.grad.abs().max() == 0
    assert judge.shade[-1].weight.grad.abs().max() > 0


def test_the_votes_are_judged_by_smoothed_composites() -> None:
    """A candidate that is right but for fine noise is right; one of another colour is not."""
    given = batch()
    noise = 0.2 * (torch.randint(0, 2, (3, SIZE, SIZE), generator=torch.Generator().manual_seed(1)) * 2.0 - 1)
    given["candidate_rgb"][:, 0] += noise
    sure = torch.tensor([20.0, -20.0, -20.0]).view(1, 3, 1, 1).expand(1, COUNT, SIZE, SIZE)
    assert vote_loss(sure, given) < 1.5
    assert vote_loss(-sure, given) > 15


def test_a_candidate_without_confidence_has_no_weight_whatever_the_vote() -> None:
    confidence = torch.tensor([0.0, 0.5, 0.4]).view(3, 1, 1)
    votes = torch.tensor([9.0, -1.0, 1.0]).view(3, 1, 1)
    weights = candidate_weights(confidence, votes)[:, 0, 0]
    assert weights[0] == 0
    assert weights[2] > weights[1] > 0
    assert weights.sum() == pytest.approx(1)
    assert candidate_weights(confidence * 0, votes).sum() == 0


def test_where_the_network_finds_none_right_the_texture_stands_in() -> None:
    confidence = torch.full((2, 1, 1), 0.004)
    assert candidate_weights(confidence, torch.full((2, 1, 1), -6.0)).sum() == 0
    assert candidate_weights(confidence, torch.zeros(2, 1, 1)).sum() == pytest.approx(1)


def test_without_a_surface_or_without_candidates_it_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match=r"expected maps of the body's surface, got none of .*; use condition=smpl"):
        ReferenceJudge(channels=STICK_CHANNELS, **SETTINGS)
    with pytest.raises(ValueError, match="expected candidates from reference frames, got none"):
        ReferenceJudge(channels=SMPL_CHANNELS, **SETTINGS)(batch()["maps"])


def test_any_number_of_candidates_will_do() -> None:
    judge, given = ReferenceJudge(channels=SMPL_CHANNELS, **SETTINGS), batch()
    for count in (1, 2):
        candidates = Candidates(
            rgb=given["candidate_rgb"][:, :count],
            alpha=given["candidate_alpha"][:, :count],
            confidence=given["candidate_confidence"][:, :count],
        )
        assert judge(given["maps"], candidates=candidates).votes.shape == (1, count, SIZE, SIZE)
