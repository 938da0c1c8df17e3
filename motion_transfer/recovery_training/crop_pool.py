"""A growing pool of drawn crops in the memory of the device that trains, from which batches are drawn at random."""

from dataclasses import fields

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.synthetic.people_in_crops import PersonCrops


@value
class CropBatch:
    """Crops on the training's device, as `PersonCrops`."""

    rgb: UInt8[Tensor, "crop height width 3"]
    half_field: Float[Tensor, "crop"]
    parent_from_joint: Float[Tensor, "crop joint 3 3"]
    root_position_m: Float[Tensor, "crop 3"]
    betas: Float[Tensor, "crop beta"]
    visible: Bool[Tensor, "crop landmark"]
    person: Bool[Tensor, "crop"]

    @staticmethod
    def of(crops: PersonCrops, device: torch.device) -> "CropBatch":
        """Drawn crops, moved to a device."""
        return CropBatch(
            **{field.name: torch.from_numpy(getattr(crops, field.name)).to(device) for field in fields(crops)}
        )


class CropPool:
    """Holds up to `capacity` crops; further ones replace the oldest.

    Raises:
        ValueError: there is no room for a single crop.
    """

    def __init__(self, capacity: int, device: torch.device) -> None:
        if capacity < 1:
            raise ValueError(f"expected a pool of 1 crop or more, got {capacity}; try 20000")
        self.capacity, self.device = capacity, device
        self.added = 0
        self._stored: dict[str, Tensor] = {}

    def __len__(self) -> int:
        return min(self.added, self.capacity)

    def add(self, crops: PersonCrops) -> None:
        """Put crops in."""
        batch = CropBatch.of(crops, self.device)
        at = torch.arange(self.added, self.added + len(batch.person), device=self.device) % self.capacity
        for field in fields(batch):
            new = getattr(batch, field.name)
            if field.name not in self._stored:
                self._stored[field.name] = new.new_empty(self.capacity, *new.shape[1:])
            self._stored[field.name][at] = new
        self.added += len(at)

    def draw(self, count: int, generator: torch.Generator) -> CropBatch:
        """Crops chosen at random, with replacement.

        Raises:
            ValueError: the pool is empty.
        """
        if not self.added:
            raise ValueError("expected a pool with crops, got an empty one; add some first")
        chosen = torch.randint(len(self), (count,), generator=generator, device=self.device)
        return CropBatch(**{name: stored[chosen] for name, stored in self._stored.items()})
