"""The weights of the package: people they never saw are recovered, and where nobody is, the network says so."""

import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import mirrored
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.landmarks.mediapipe_layout import LAYOUT, NAMES
from motion_transfer.mesh_recovery.weights import SHIPPED, load_network
from motion_transfer.recovery_training.crop_pool import CropBatch
from motion_transfer.recovery_training.held_out import estimated, held_out_figures
from motion_transfer.recovery_training.pose_gathering import gather_poses
from motion_transfer.recovery_training.views import make_views
from motion_transfer.synthetic.backgrounds import random_background
from motion_transfer.synthetic.people_in_crops import CropArtist

LARGEST_BYTES = 16 << 20


def test_they_are_small_enough_to_be_shipped() -> None:
    assert SHIPPED.stat().st_size <= LARGEST_BYTES


@pytest.mark.slow
def test_drawn_people_are_recovered_and_empty_rooms_are_not_believed(free_body: BodyModel) -> None:
    network = load_network(SHIPPED)
    library = gather_poses(free_body, (), dances=4, first_seed=95_000)
    artist = CropArtist(model=free_body, landmarks=detector_anchors(free_body, LAYOUT), poses=library)
    views = make_views(
        CropBatch.of(artist(2_000_000_001, 2), torch.device("cpu")),
        network.body,
        list(mirrored(NAMES)),
        torch.Generator().manual_seed(0),
        size_px=224,
        varied=False,
        landmarks_given=1.0,
    )
    figures = held_out_figures(network, views, network.body)
    assert figures["pa_mpjpe_mm"] < 130
    assert figures["mpjpe_mm_step_3"] < figures["mpjpe_mm_step_1"]
    assert figures["facing_back_percent"] < 10
    generator = np.random.default_rng(0)
    rooms = torch.from_numpy(np.stack([random_background(generator, 224) for _ in range(8)])).float()
    with torch.inference_mode():
        nobody = network(rooms.permute(0, 3, 1, 2), torch.zeros(8, 33, 3), torch.full((8,), 0.3))[-1].log_error.exp()
    people = estimated(network, views)[-1].log_error[views.person > 0].exp()
    assert nobody.median() > 2 * people.median()
