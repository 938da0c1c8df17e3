"""What a training of mesh recovery changes from step to step: network, prior, optimizers and the average of weights."""

import copy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.files.plain_tensors import read_plain_tensors
from motion_transfer.files.replacing import replacing
from motion_transfer.mesh_recovery.body_points import BodyPoints
from motion_transfer.mesh_recovery.network import MeshRecoveryNetwork
from motion_transfer.recovery_training.losses import RecoveryLosses
from motion_transfer.recovery_training.pose_prior import PosePrior
from motion_transfer.recovery_training.views import Views
from motion_transfer.training.ensembles import warmed_average
from motion_transfer.training.layers import to_channels_last
from motion_transfer.training.optimizers.groups import decay_groups
from motion_transfer.training.schedules import ProgressSchedule, compose, cosine, warm_up

DECAY = 0.998  # of the average of weights
PRIOR_LR = 1e-4
SCHEDULE = partial(compose, schedules=[partial(warm_up, fraction=0.03, start=0.05), partial(cosine, end=0.01)])


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSettings:
    """How a learner learns.

    Attributes:
        lr: of the regressor's first steps; it falls along half a cosine.
        backbone_rate: the backbone's share of it.
        largest_gradient: norm beyond which the gradient is scaled down.
        prior_weight: of the adversarial pose prior.
    """

    lr: float = 7e-4
    backbone_rate: float = 0.5
    weight_decay: float = 1e-4
    largest_gradient: float = 5.0
    prior_weight: float = 0.1
    losses: RecoveryLosses = field(default_factory=RecoveryLosses)


class Learner:
    """A network that is being trained.

    Args:
        half_precision: compute the network in bfloat16, for a GPU.
    """

    def __init__(self, network: MeshRecoveryNetwork, *, device: torch.device, half_precision: bool) -> None:
        self.network = network.to(device)
        to_channels_last(self.network)
        self.prior = PosePrior().to(device)
        self.device, self.half_precision = device, half_precision
        self.optimizers: list[torch.optim.Optimizer] = []
        self.rates: list[ProgressSchedule] = []
        self.averaged = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        self.update_average = warmed_average(DECAY)
        self.step, self.trained_s = 0, 0.0
        self.history: list[dict[str, float]] = []

    def start(self, settings: LearningSettings, checkpoint: Path) -> None:
        """Make the optimizers, and go on from a checkpoint if there is one."""
        outer = nn.ModuleList([part for name, part in self.network.named_children() if name != "backbone"])
        groups = decay_groups(outer, weight_decay=settings.weight_decay)
        slow = decay_groups(self.network.backbone, weight_decay=settings.weight_decay)
        groups += [{**group, "lr": settings.lr * settings.backbone_rate} for group in slow]
        fused = self.device.type == "cuda"
        self.optimizers = [
            torch.optim.AdamW(groups, lr=settings.lr, fused=fused),
            torch.optim.AdamW(self.prior.parameters(), lr=PRIOR_LR, fused=fused),
        ]
        self.rates = [ProgressSchedule(optimizer, SCHEDULE) for optimizer in self.optimizers]
        if checkpoint.is_file():
            self._load(read_plain_tensors(checkpoint, "a checkpoint of train_hmr", self.device))

    def set_rates(self, progress: float) -> None:
        """Set the learning rates of the next step: a short rise, then half a cosine."""
        for rate in self.rates:
            rate.set(progress)

    def learn(
        self, views: Views, real: Float[Tensor, "some joint 3 3"], body: BodyPoints, settings: LearningSettings
    ) -> dict[str, Tensor]:
        """One step of the network and one of the prior; gives the terms of the loss."""
        network_optimizer, prior_optimizer = self.optimizers
        self.network.train()
        crops = views.crops.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half_precision):
            estimates = self.network(crops, views.landmarks, views.half_field)
        found = estimates[-1].parent_from_joint
        terms = settings.losses(estimates, views, body)
        terms["unnaturalness"] = settings.prior_weight * self.prior.unnaturalness(found)
        network_optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        _limit(self.network, settings.largest_gradient)
        network_optimizer.step()
        prior_loss = self.prior.loss(real, found)
        prior_optimizer.zero_grad()
        prior_loss.backward()
        prior_optimizer.step()
        self._average()
        self.step += 1
        return {**{name: term.detach() for name, term in terms.items()}, "prior": prior_loss.detach()}

    def _average(self) -> None:
        current = self.network.state_dict()
        real = [name for name, tensor in current.items() if tensor.is_floating_point()]
        self.update_average([self.averaged[name] for name in real], [current[name] for name in real], self.step)

    def averaged_network(self) -> MeshRecoveryNetwork:
        """A network with the average of the weights."""
        network = copy.deepcopy(self.network)
        network.load_state_dict(self.averaged)
        return network.eval()

    def store(self, path: Path) -> None:
        """Store everything that a resumed training needs."""
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "prior": self.prior.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "averaged": self.averaged,
            "step": self.step,
            "trained_s": self.trained_s,
            "history": self.history,
        }
        with replacing(path) as temporary:
            torch.save(state, temporary)

    def _load(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.prior.load_state_dict(state["prior"])
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(stored)
        self.averaged = dict(state["averaged"])
        self.step, self.trained_s, self.history = state["step"], state["trained_s"], list(state["history"])


def _limit(network: nn.Module, largest: float) -> None:
    """Clip the gradient; a step whose gradient is not finite changes nothing but by weight decay."""
    for parameter in network.parameters():
        if parameter.grad is not None:
            parameter.grad.nan_to_num_(0.0, 0.0, 0.0)
    nn.utils.clip_grad_norm_(network.parameters(), largest)
