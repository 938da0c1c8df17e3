"""Settings of the stages of the training, which configs/train_unpaired.yaml describes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoencoderSettings:
    """How the autoencoders learn.

    Attributes:
        noise: standard deviation of scaled features that the decoder may miss; weighs them against the divergence.
        held_out_fraction: of the shapes, which choose the checkpoint.
    """

    steps: int = 120
    batch: int = 32
    lr: float = 1e-4
    weight_decay: float = 1e-3
    noise: float = 0.05
    held_out_fraction: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilaritySettings:
    """How the similarity network learns light-field distances.

    Attributes:
        decoded: shapes of each collection that are decoded from latents between those of the given ones, and drawn
            beside these, so that the network also knows what lies between.
        spread: standard deviation of the noise in these latents.
        components: principal components of the light fields that are kept.
        registrations: rounds in which the light fields of the source are registered with those of the target.
        stiffness: how much the registration is held to change nothing.
        joint: the published network that reads both latents at once, instead of one for each collection.
    """

    steps: int = 2500
    batch: int = 128
    lr: float = 1e-3
    decoded: int = 1500
    spread: float = 0.3
    components: int = 48
    registrations: int = 10
    stiffness: float = 1.0
    joint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleGanSettings:
    """How the latent CycleGAN learns.

    Attributes:
        adversarial, cycle, similarity: weights of the terms; 20, 20 and 2e4 as published, of sums that are scaled
            otherwise.
        generator_steps: for each step of the discriminators; 5 as published.
    """

    steps: int = 1000
    batch: int = 64
    lr: float = 1e-3
    discriminator_lr: float = 2e-4
    adversarial: float = 1.0
    cycle: float = 1.0
    similarity: float = 1.0
    generator_steps: int = 5
