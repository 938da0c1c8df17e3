"""Contacts of skin with skin: a hand that lies on hip, knee or the other hand does so on a body of other proportions.

Notation: in a frame hand a of the source has points p_i near to points q_j of its skin. The target's hand should have
its own p_i at t_ij = q_j + R v_ij, where v_ij leads from the source's q_j to its p_i, and R turns with the part of the
body that q_j lies on. The shifts s_a of the two hands from where they came out minimize, as those of feet do,

    sum_a (1 - c_a + e) |s_a|^2  +  sum_aij w_aij |p_i + s_a - t_ij - s_b|^2,   with sum_ij w_aij = c_a,

with s_b only where q_j lies on the other hand b. c_a is 1 in contact, 0 away from the skin, and smooth between them;
e is small and keeps clasped hands from moving together.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import ELBOWS, SHOULDERS, SIDES, WRISTS, joint
from motion_transfer.body.skin_points import PosedSkinPoints, SkinPoints, pose_skin_points, spread_skin_points
from motion_transfer.body.two_bone_ik import move_end_effector
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.value import value
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.retargeting.self_collision import arms_out_of_trunk
from motion_transfer.retargeting.state import RetargetingState

TOUCHING_M, APART_M = 0.02, 0.045  # between skin and skin: a contact is certain, and there is none
DEEP_M = 0.06  # points so far inside show no contact, but a fit gone wrong
BESIDE_M = 0.05  # along the skin, from the nearest point of it
NEIGHBOURS, NEIGHBOURHOOD_M = 4, 0.03  # points of the skin that a point of the hand is held by, and their spread
SMOOTHING_S = 0.06
ROUNDS = 3  # an arm that is touched moves with its own hand
STAY = 0.01  # e
SUNK_M = 0.03  # an arm that presses on the trunk
FULL_REACH = 0.999  # of an arm's length
AT_ONCE = 512  # frames


@value
class SkinPairs:
    """Pairs of points of the two hands with points of the skin, in every frame.

    Attributes:
        hand, skin: the two points of each pair; `side` is the hand that it belongs to.
        on_other_hand: whether the point of the skin lies on the other hand.
        weights: w; over the pairs of a hand they sum to its contact c.
        offsets: v, in the axes of the part at rest that is touched.
    """

    hand: Tensor
    skin: Tensor
    on_other_hand: Tensor
    weights: Float[Tensor, "frame 2 pair"]
    offsets: Float[Tensor, "frame 2 pair 3"]


def keep_skin_contacts(state: RetargetingState) -> RetargetingState:
    """Bend the arms so that hands that touch the source's body touch the target's at the same place.

    Elbows give way to the target's trunk. Hands do where their arm would disappear in it, as where the source's does.
    """
    source, target = state.source_body, state.target.body
    if len(source.model.template_m) != len(target.model.template_m):
        note = f"Contacts of the skin were left as they came out: {source.model.name} is no {target.model.name}."
        return state.with_pose(state.pose, note)
    points = spread_skin_points(target.model)
    parts = range(0, len(state.source), AT_ONCE)
    posed = source.posed(state.source.pose)
    found = [find_pairs(points, pose_skin_points(points, posed, slice(at, at + AT_ONCE))) for at in parts]
    if not any(bool(pairs.weights.any()) for pairs in found):
        return state
    pose, before = state.pose, torch.zeros(len(state.source), len(SIDES), 3)
    for _ in range(ROUNDS):
        moved = target.posed(pose)
        shifts = [
            hand_shifts_m(pairs, pose_skin_points(points, moved, slice(at, at + AT_ONCE)), before[at : at + AT_ONCE])
            for at, pairs in zip(parts, found, strict=True)
        ]
        more = smooth_over_frames(torch.cat(shifts), state.source.fps, sigma_s=SMOOTHING_S)
        pose, before = _move_hands(pose, moved, more), before + more
    return state.with_pose(arms_out_of_trunk(pose, target, state.source.fps, smoothing_s=SMOOTHING_S, sunk_m=SUNK_M))


def find_pairs(points: SkinPoints, source: PosedSkinPoints) -> SkinPairs:
    """The points of the skin that lie nearest to each point of the source's hands."""
    sides = [_pairs_of(points, source, side) for side in range(len(SIDES))]
    most = max(one[0].shape[1] for one in sides)

    def stacked(index: int) -> Tensor:
        rows = [one[index] for one in sides]
        empty = [(0, 0) * (row.ndim - 2) + (0, most - row.shape[1]) for row in rows]
        return torch.stack([torch.nn.functional.pad(row, pad) for row, pad in zip(rows, empty, strict=True)], 1)

    hand, skin, weights, offsets = map(stacked, range(4))
    other = torch.stack([points.of_hand[1 - side][skin[:, side]] for side in range(len(SIDES))], 1)
    return SkinPairs(hand=hand, skin=skin, on_other_hand=other, weights=weights, offsets=offsets)


def _pairs_of(points: SkinPoints, source: PosedSkinPoints, side: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of one hand, flat over its points and their neighbours: both indices, weights, and offsets."""
    hand = points.of_hand[side].nonzero().flatten()
    reached = points.in_reach[side].nonzero().flatten()
    distance = torch.cdist(source.positions_m[:, hand], source.positions_m[:, reached])
    near, index = distance.topk(min(NEIGHBOURS, len(reached)), largest=False)
    skin = reached[index]
    at = torch.arange(len(skin))[:, None, None]
    vectors = source.positions_m[:, hand, None] - source.positions_m[at, skin]
    normals = source.normals[at, skin]
    gap = (vectors * normals).sum(-1)
    beside = (vectors - gap[..., None] * normals).norm(dim=-1)[..., 0]
    touch = ((APART_M - gap[..., 0]) / (APART_M - TOUCHING_M)).clamp(0, 1)
    touch = touch * (beside < BESIDE_M) * (gap[..., 0] > -DEEP_M)
    touch = touch * touch * (3 - 2 * touch)
    spread = torch.exp((near[..., :1] ** 2 - near**2) / (2 * NEIGHBOURHOOD_M**2))
    raw = touch[..., None] * spread / spread.sum(-1, keepdim=True)
    total = raw.sum((1, 2), keepdim=True)
    weights = raw * touch.amax(1)[:, None, None] / total.clamp(min=1e-9)
    outside = vectors + normals * (-gap).clamp(min=0)[..., None]  # skin does not enter skin
    offsets = (source.rotations[at, skin].mT @ outside[..., None])[..., 0]
    hands = hand[None, :, None].expand_as(skin)
    return hands.flatten(1), skin.flatten(1), weights.flatten(1), offsets.flatten(1, 2)


def hand_shifts_m(
    pairs: SkinPairs, target: PosedSkinPoints, before_m: Float[Tensor, "frame 2 3"]
) -> Float[Tensor, "frame 2 3"]:
    """What to add to s of the left and the right hand: two normal equations a frame.

    Args:
        target: the target's points after the shifts so far, `before_m`.
    """
    at = torch.arange(len(pairs.hand))[:, None, None]
    wanted = target.positions_m[at, pairs.skin] + (target.rotations[at, pairs.skin] @ pairs.offsets[..., None])[..., 0]
    missing = pairs.weights[..., None] * (wanted - target.positions_m[at, pairs.hand])
    coupled = pairs.weights * pairs.on_other_hand
    across, pulled = coupled.sum(-1), (missing * pairs.on_other_hand[..., None]).sum(2)
    normal = torch.diag_embed(1 + STAY + across.flip(1))
    normal[:, 0, 1] = normal[:, 1, 0] = -across.sum(1)
    stay = (1 + STAY - pairs.weights.sum(-1, keepdim=True)) * before_m
    return torch.linalg.solve(normal, missing.sum(2) - pulled.flip(1) - stay)


def _move_hands(pose: BodyPose, posed: PosedBody, shift_m: Float[Tensor, "frame 2 3"]) -> BodyPose:
    joints = posed.joints_m
    to_right = -posed.world_from_rest[:, joint("spine3"), :3, 0]  # elbows bend backward about it
    for side, arm in enumerate(zip(SHOULDERS, ELBOWS, WRISTS, strict=True)):
        shoulder, elbow, wrist = (joints[:, one] for one in arm)
        length = (elbow - shoulder).norm(dim=-1) + (wrist - elbow).norm(dim=-1)
        reach = torch.maximum(FULL_REACH * length, (wrist - shoulder).norm(dim=-1))
        pose = move_end_effector(pose, posed, arm, wrist + shift_m[:, side], to_right, reach)
    return pose
