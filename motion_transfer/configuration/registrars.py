"""Settings of the registration -> the registrars of source and target, which differ in how thorough they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motion_transfer.appearance.inpainting import Inpainter
from motion_transfer.configuration.parts import make_part
from motion_transfer.fitting.estimation import MotionRefiner
from motion_transfer.registration.appearance_fit import AppearanceFitter
from motion_transfer.registration.registrar import CropSettings, Registrar
from motion_transfer.stages import Configured


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrarSettings:
    """Makes the registrars of source and target, which differ in how thorough they are."""

    settings: Mapping[str, Any]
    refine: MotionRefiner
    body: str

    def of_target(self) -> Configured[Registrar]:
        """With all the pains that the settings ask for."""
        own = {name: value for name, value in self.settings["registration"].items() if name != "source"}
        return self._registrar(own)

    def of_source(self) -> Configured[Registrar]:
        """Iterations and frames of its own, and no pains with a background that nobody sees."""
        own = {name: value for name, value in self.settings["registration"].items() if name != "source"}
        return self._registrar(_merged(own, self.settings["registration"]["source"]))

    def _registrar(self, settings: dict[str, Any]) -> Configured[Registrar]:
        fit_appearance = AppearanceFitter(refine=self.refine, **settings["appearance"])
        registrar = Registrar(
            fit_appearance=fit_appearance,
            inpaint=make_part(settings["inpainter"], "registration.inpainter", Inpainter),
            crop=CropSettings(**settings["crop"]),
            resolution=self.settings["resolution"],
        )
        keyed = {**settings, "fitting": self.settings["fitting"], "body": self.body}
        return Configured(stage=registrar, settings=keyed | {"resolution": self.settings["resolution"]})


def _merged(settings: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The settings with some replaced; a part that names another class is replaced whole."""
    merged = dict(settings)
    for name, value in changes.items():
        merged[name] = value if "_target_" in value else {**merged[name], **value}
    return merged
