"""Number formats of a training: which one a device computes in, and the scale of losses in half precision."""

from typing import Literal, cast, get_args

import pytorch_lightning as lightning
import torch

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
AUTO = "auto"


def check_precision(name: str) -> None:
    """Refuse what is no precision.

    Raises:
        ValueError: for another name.
    """
    known = (AUTO, *get_args(Precision))
    if name not in known:
        raise ValueError(f"expected a precision out of {', '.join(known)}, got {name}; auto suits the device")


def precision_on(device: torch.device, name: str) -> Precision:
    """The precision of a training on a device; `auto` is bfloat16 where the device computes in it.

    Raises:
        ValueError: the device does not compute in this one.
    """
    check_precision(name)
    if name == "16-mixed" and device.type != "cuda":
        raise ValueError(f"expected a CUDA device for precision=16-mixed, got {device.type}; use auto or bf16-mixed")
    if name == AUTO:
        return "bf16-mixed" if _computes_in_bfloat16(device) else "32-true"
    return cast(Precision, name)


def loss_scale(trainer: lightning.Trainer) -> float:
    """What losses, and with them gradients, are multiplied by before they become half precision; 1 in other formats.

    Gradients of a step are divided by it behind the closure that computes them.
    """
    scaler = getattr(trainer.precision_plugin, "scaler", None)
    return 1.0 if scaler is None else float(scaler.get_scale())


def _computes_in_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(supported())
