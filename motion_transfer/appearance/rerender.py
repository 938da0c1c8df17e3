"""The re-rendered frame: a crop of the footage beside the textured body in the fitted pose."""

import numpy as np
from jaxtyping import Bool, Float, UInt8

from motion_transfer.domain.value import value
from motion_transfer.rendering.rasterizer import Fragments


@value
class Rerender:
    """One crop of the footage and the textured body rendered into the same view (analysis by synthesis).

    Attributes:
        textured: the body with its baked texture over the plate.
        seen: how well its texture is known, 0 where the body is not.
        trusted: false on occluders and outside of the full frame.
    """

    frame: UInt8[np.ndarray, "height width 3"]
    textured: UInt8[np.ndarray, "height width 3"]
    seen: Float[np.ndarray, "height width"]
    alpha: Float[np.ndarray, "height width"]
    trusted: Bool[np.ndarray, "height width"]
    fragments: Fragments
