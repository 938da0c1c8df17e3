"""What a generator is trained on: registered footage, and the maps that are rendered for it."""

from dataclasses import dataclass

import torch
from jaxtyping import Float

from motion_transfer.datasets.candidate_samples import CandidateSampler
from motion_transfer.datasets.difficulty import frame_difficulty
from motion_transfer.datasets.samples import Augmentation, PerformerSamples
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.map_renderer import MakeMapRenderer, MapRenderer


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """Registered footage with the kind of maps that the generator reads.

    Args:
        make_renderer: of the maps, from the body model.
        references: how candidates are warped from other frames.
    """

    footage: RegisteredFootage
    make_renderer: MakeMapRenderer
    references: ReferenceSettings

    def renderer(self) -> MapRenderer:
        """Renders what the generator reads."""
        return self.make_renderer(self.footage.model)

    def difficulty(self, indices: list[int]) -> Float[torch.Tensor, "index"]:
        """How hard the frames of these crops are to learn."""
        pose = self.footage.motion_at(indices).pose
        return frame_difficulty(self.footage.body, pose, self.footage.capture.camera)

    def samples(self, augmentation: Augmentation, crops: list[int] | None = None) -> PerformerSamples:
        """Training samples, drawn anew each time they are asked for.

        Args:
            crops: indices of those that candidates are warped from; None gives samples without candidates.
        """
        candidates = None if crops is None else CandidateSampler(self.footage, crops, self.references)
        return PerformerSamples(self.footage, self.renderer(), augmentation, candidates)
