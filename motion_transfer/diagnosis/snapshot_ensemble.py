"""Snapshots of a performer's training: what an ensemble of them gains, and the loss on the plane through three."""

import torch
from torch import Tensor, nn

from motion_transfer.diagnosis.probes import Batch, previous_frames, reconstruction_loss
from motion_transfer.diagnosis.training_record import TrainingRecord
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.losses import psnr
from motion_transfer.training.diagnostics.diagnostic import Diagnostic
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.loss_path import loss_on_plane
from motion_transfer.training.ensembles import Ensemble, Snapshots

INPUTS: tuple[str, ...] = ("maps", "maps_before", "has_previous", "plate")
PLANE = (-0.25, 0.0, 0.5, 1.0, 1.25)
VISIBLE_DB = 0.1  # a smaller gain is noise


class _Painter(nn.Module):
    """A generator's pictures, each painted after its picture of the frame before."""

    def __init__(self, generator: ConditionalGenerator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, *inputs: Tensor) -> Tensor:
        batch = dict(zip(INPUTS, inputs, strict=True))
        picture = self.generator(batch["maps"], previous_frames(self.generator, batch)).over(batch["plate"])
        return picture.clamp(-1, 1)


def measure_snapshot_ensemble(
    generator: ConditionalGenerator, record: TrainingRecord, *, frames: int
) -> list[Diagnostic]:
    """Measure the ensemble, and with three snapshots or more the plane; empty where the training kept none.

    Args:
        frames: held-out ones.
    """
    kept = (record.checkpoint or {}).get("callbacks", {}).get(Snapshots.__name__)
    if kept is None or not kept["weights"]:
        return []
    snapshots = Snapshots(count=len(kept["weights"]), child="generator")
    snapshots.load_state_dict(kept)
    batch = record.batch(record.held_out_crops, frames, generator)
    members = [member for member in snapshots.ensemble(generator).members if isinstance(member, ConditionalGenerator)]
    diagnostics = [_ensemble(generator, members, batch)]
    if len(members) >= 3:
        diagnostics.append(_plane(generator, members, record, batch))
    return diagnostics


def _ensemble(generator: ConditionalGenerator, members: list[ConditionalGenerator], batch: Batch) -> Diagnostic:
    in_use = _person_db([generator], batch)
    single = [_person_db([member], batch) for member in members]
    last = [_person_db(members[-count:], batch) for count in range(1, len(members) + 1)]
    gain = last[-1] - max(in_use, *single)
    meaning = (
        f"averaging pictures would gain {gain:.1f} dB, for {len(members)} times the work"
        if gain > VISIBLE_DB
        else "averaging pictures gains nothing over the better of these"
    )
    sizes = list(range(1, len(members) + 1))
    return Diagnostic(
        name="snapshot_ensemble",
        sentence=f"Together its {len(members)} snapshots paint the person of held-out frames at {last[-1]:.1f} dB, the "
        f"best single one at {max(single):.1f} dB, the weights in use at {in_use:.1f} dB: {meaning}.",
        numbers={"in_use_db": in_use, "single_db": single, "ensembles_of_last_db": last, "gain_db": gain},
        figure=line_figure(
            [Curve(name="single, in order", x=sizes, y=single), Curve(name="ensemble of the last", x=sizes, y=last)],
            title="Snapshots of the training",
            x_label="which, or how many",
            y_label="PSNR of the person in held-out frames",
        ),
    )


def _plane(
    generator: ConditionalGenerator, members: list[ConditionalGenerator], record: TrainingRecord, batch: Batch
) -> Diagnostic:
    first, middle, last = (members[index].state_dict() for index in (0, len(members) // 2, -1))
    loss = reconstruction_loss(generator, record.weights, batch)
    plane = loss_on_plane(generator, loss, (first, middle, last), torch.tensor(PLANE))
    return Diagnostic(
        name="loss_plane",
        sentence=f"Between three snapshots of its training: {plane.sentence}",
        numbers={"coefficients": list(PLANE), "held_out_loss": plane.loss.tolist(), "barrier": plane.barrier},
        figure=line_figure(
            [
                Curve(name=f"{coefficient:g} of the last", x=PLANE, y=row)
                for coefficient, row in zip(PLANE, plane.loss.tolist(), strict=True)
            ],
            title="The plane through three snapshots",
            x_label="coefficient of the second snapshot; the first has the rest",
            y_label="loss on held-out frames",
        ),
    )


@torch.no_grad()
def _person_db(members: list[ConditionalGenerator], batch: Batch) -> float:
    """Mean PSNR of the person over the frames, of the members' averaged pictures."""
    pictures = Ensemble([_Painter(member) for member in members])(*(batch[name] for name in INPUTS))
    frames = [{name: values[row : row + 1] for name, values in batch.items()} for row in range(len(pictures))]
    scores = [psnr(picture[None], frame)[1] for picture, frame in zip(pictures, frames, strict=True)]
    return sum(scores) / len(scores)
