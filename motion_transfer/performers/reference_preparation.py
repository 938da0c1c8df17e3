"""Preparing references: a motion on the target's body -> a renderer with the few references that it needs."""

from dataclasses import replace

import cv2
import numpy as np
import torch

from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.reference_rendering import ReferenceRenderer
from motion_transfer.references.atlas import Place, evenly_lit, pack
from motion_transfer.references.driven_frames import surface_parts
from motion_transfer.references.expressions import worth_on_face
from motion_transfer.references.foreign import shows_body
from motion_transfer.references.frames import ReferencePicture, References
from motion_transfer.references.selection import choose_references
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.references.views import mirrored_view, reference_view
from motion_transfer.references.whole_parts import WholeParts, whole_parts
from motion_transfer.rendering.crop_track import CropTrack


def reference_renderer(
    performer: Performer, motion: BodyMotion, track: CropTrack, settings: ReferenceSettings
) -> ReferenceRenderer:
    """Choose the references for a motion and read them.

    Raises:
        ValueError: the performer has no references.
    """
    all_references = _references(performer)
    body, camera, known = performer.body, performer.facts.camera, all_references.frames
    face_worth = torch.ones(len(known)) if known.face_worth is None else known.face_worth
    on_face = worth_on_face(performer.model, face_worth)
    chosen = choose_references(
        body,
        motion,
        known.pose,
        known.sharpness[:, None] * on_face,
        camera,
        count=settings.count,
        tolerance_deg=settings.tolerance_deg,
    )
    references = all_references.at([reference.index for reference in chosen])
    places, parts = evenly_lit(references), surface_parts(performer.model)
    facts, cell = references.frames, track.px_per_pixel / 1.5
    views = [
        reference_view(
            body.posed(facts.pose[row : row + 1], fingers=False),
            camera,
            (float(place.corner_px[0]), float(place.corner_px[1])),
            place.picture,
            1.0,
            cell,
            parts.part_of_face,
        )
        for row, place in enumerate(places)
    ]
    views = [
        replace(view, believed=shows_body(view.vertices_px, place, performer.texture, body.model) * on_face[one.index])
        for view, place, one in zip(views, places, chosen, strict=True)
    ]
    used = [mirrored_view(view, body.model) if one.mirrored else view for view, one in zip(views, chosen, strict=True)]
    return ReferenceRenderer(
        performer=performer,
        body=body,
        parts=parts,
        settings=settings,
        track=track,
        sharpness=facts.sharpness * torch.tensor([one.worth for one in chosen]),
        views=used,
        atlas=pack(places),
        texture=references.texture or performer.texture,
        small=[_shrunk(place, track.px_per_pixel) for place in places],
        whole=performer_parts(performer, motion, settings),
    )


def performer_parts(performer: Performer, motion: BodyMotion, settings: ReferenceSettings) -> WholeParts:
    """What is shown of the performer in a motion as it was filmed.

    Raises:
        ValueError: the performer has no references.
    """
    body, camera = performer.body, performer.facts.camera
    return whole_parts(body, performer.texture, _references(performer), motion, camera, settings)


def _references(performer: Performer) -> References:
    if performer.references is None or not len(performer.references.frames):
        raise ValueError("expected a performer with reference frames, got one without; learn it again")
    return performer.references


def _shrunk(place: Place, px_per_pixel: float) -> Place:
    """The picture at the window's scale."""
    picture = place.picture
    height, width = (max(1, round(length / px_per_pixel)) for length in picture.matte.shape)

    def shrunk(pixels: np.ndarray) -> np.ndarray:
        return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)

    small = ReferencePicture(
        foreground=shrunk(picture.foreground),
        matte=shrunk(picture.matte),
        trusted=shrunk(picture.trusted.astype(np.uint8)) > 0,
    )
    return Place(picture=small, corner_px=place.corner_px)
