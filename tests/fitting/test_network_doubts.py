"""Where a picture does not show a whole, upright person of some size, the shipped network's pose is not taken."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hard_people import HardClip, child_of, cut_at_the_waist, dancing, shrunk_to, upside_down, without_person
from hydra.utils import instantiate
from known_clips import pa_mpjpe_m

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.configuration.compose import compose
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.fitting.ground_alignment import horizontal_camera
from motion_transfer.fitting.initialization import initial_state
from motion_transfer.fitting.network_doubts import doubt_network
from motion_transfer.fitting.recovered_start import RecoveredStart, recovered_start
from motion_transfer.mesh_recovery.recovery import MeshRecovery, RecoveredFrames
from motion_transfer.mesh_recovery.weights import SHIPPED, load_network

pytestmark = pytest.mark.slow
SEED, FOCAL, MOST_ERROR_M = 12, 0.95, 0.17


@pytest.fixture(scope="module")
def recovery() -> MeshRecovery:
    return MeshRecovery(network=load_network(SHIPPED))


@pytest.fixture(scope="module")
def grown(free_body: BodyModel) -> HardClip:
    return dancing(free_body, SEED)


def recovered(recovery: MeshRecovery, clip: HardClip) -> RecoveredFrames:
    camera = horizontal_camera(clip.detections.size, FOCAL)
    return recovery(clip.frames, clip.detections, camera, advance=lambda: None)


def start(
    model: BodyModel, frames: RecoveredFrames, clip: HardClip, *, most_error_m: float = MOST_ERROR_M
) -> RecoveredStart:
    return recovered_start(
        model,
        frames,
        clip.detections,
        horizontal_camera(clip.detections.size, FOCAL),
        betas=None,
        most_error_m=most_error_m,
        most_off=0.05,
        smoothing_s=0.0,
    )


def detected(clip: HardClip) -> Detections:
    """What the real detector finds."""
    detector = instantiate(compose("transfer", ["source=a.mp4", "target=b.mp4"]).landmarks)
    exact = clip.detections
    return detector(
        Video(open_frames=lambda: iter(clip.frames), size=exact.size, fps=exact.fps, frame_count=len(clip.frames))
    )


def error_m(drawn: BodyModel, rotations: torch.Tensor, clip: HardClip) -> float:
    """Of the joints of the person that was drawn, in the found pose, after Procrustes alignment."""
    person = shape_body(drawn, clip.motion.shape)
    pose = BodyPose(parent_from_joint=rotations, root_position_m=torch.zeros(len(rotations), 3))
    return float(pa_mpjpe_m(person.posed(pose).joints_m, person.posed(clip.motion.pose).joints_m).mean())


def test_a_whole_upright_person_is_believed(free_body: BodyModel, recovery: MeshRecovery, grown: HardClip) -> None:
    found = start(free_body, recovered(recovery, grown), grown)
    assert found.doubts.sure.all()
    assert found.doubts.sentence is None


@pytest.mark.parametrize(
    ("harder", "said"),
    [
        (lambda clip: without_person(clip, SEED), "large error expected in"),
        (upside_down, "large error expected in"),
        (cut_at_the_waist, "legs not seen in"),
        (lambda clip: shrunk_to(clip, 30), "less than 48 px high in"),
    ],
    ids=["nobody", "upside down", "cut at the waist", "30 px high"],
)
def test_confidence_falls_and_the_landmarks_start_is_taken(
    harder: Callable[[HardClip], HardClip],
    said: str,
    free_body: BodyModel,
    recovery: MeshRecovery,
    grown: HardClip,
) -> None:
    usual, clip = recovered(recovery, grown), harder(grown)
    frames = recovered(recovery, clip)
    assert frames.expected_error_m.median() > usual.expected_error_m.median()
    found = start(free_body, frames, clip)
    assert not found.doubts.sure.any()
    assert f"In {len(clip.frames)} of {len(clip.frames)} frames the network was unsure" in found.fallbacks[0]
    assert said in found.fallbacks[0]
    camera = horizontal_camera(clip.detections.size, FOCAL)
    own = initial_state(free_body, clip.detections, camera, torch.zeros(free_body.betas))
    assert (found.state.parent_from_joint - own.parent_from_joint).abs().max() < 1e-4


def test_a_child_is_read_nearer_than_by_landmarks_alone(
    free_body: BodyModel, recovery: MeshRecovery, grown: HardClip
) -> None:
    """The network is less sure of children than of grown people, and still the better start, so it is believed."""
    small = child_of(free_body)
    tall, short = (float(body.template_m[:, 1].max() - body.template_m[:, 1].min()) for body in (free_body, small))
    assert 0.55 < short / tall < 0.7
    drawn = dancing(small, SEED)
    clip = replace(drawn, detections=detected(drawn))
    frames = recovered(recovery, clip)
    assert frames.expected_error_m.median() > recovered(recovery, grown).expected_error_m.median()
    found = start(free_body, frames, clip)
    assert found.doubts.sure.all()
    own = start(free_body, frames, clip, most_error_m=1e-6)
    rotations = (one.state.parent_from_joint for one in (found, own))
    network, landmarks = (error_m(small, turned, clip) for turned in rotations)
    assert network < landmarks


def test_frames_without_anybody_are_doubted_first_of_all(grown: HardClip) -> None:
    flat = grown.detections.landmarks_2d
    confidence = flat.confidence.clone()
    confidence[:3] = 0
    detections = replace(grown.detections, landmarks_2d=replace(flat, confidence=confidence))
    doubts = doubt_network(torch.full((len(confidence),), 0.1), detections, most_error_m=MOST_ERROR_M)
    assert doubts.sure.tolist() == [False] * 3 + [True] * (len(confidence) - 3)
    assert doubts.sentence is not None
    assert "(nobody seen in 3)" in doubts.sentence
