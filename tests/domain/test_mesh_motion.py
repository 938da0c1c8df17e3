"""A mesh in motion is whatever has faces and gives vertices; a posed body is one."""

import pytest
import roma
import torch
from small_meshes import KnownMotion, ball, bent

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.mesh_motion import MeshMotion, in_chunks


def posed(model: BodyModel, frames: int) -> PosedBody:
    body = shape_body(model, BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(24)))
    turned = roma.rotvec_to_rotmat(0.3 * torch.randn(frames, 24, 3, generator=torch.Generator().manual_seed(0)))
    return body.posed(BodyPose(parent_from_joint=turned, root_position_m=torch.ones(frames, 3)))


def test_a_posed_body_is_a_mesh_motion(tiny_body: BodyModel) -> None:
    body = posed(tiny_body, 5)
    assert isinstance(body, MeshMotion)
    assert len(body) == 5
    torch.testing.assert_close(body.faces, tiny_body.faces)
    torch.testing.assert_close(body.vertices_m(slice(1, 3)), body.vertices_m()[1:3])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
def test_chunks_of_any_size_are_all_frames_in_order(size: int) -> None:
    vertices, faces = ball(1)
    motion = KnownMotion(bent(vertices, 5), faces)
    chunks = list(in_chunks(motion, size))
    assert all(len(chunk) <= size for chunk in chunks)
    torch.testing.assert_close(torch.cat(chunks), motion.vertices_m())


def test_a_chunk_of_no_frames_is_refused() -> None:
    vertices, faces = ball(1)
    with pytest.raises(ValueError, match="expected chunks of one frame or more, got 0"):
        list(in_chunks(KnownMotion(bent(vertices, 2), faces), 0))
