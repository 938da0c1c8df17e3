"""One part of a person as it was filmed, laid over the rest of a painted body."""

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.references.enlarging import Enlargement, enlarged_mask
from motion_transfer.references.layers import Layer, before_layer, lay
from motion_transfer.rendering.rasterizer import Fragments


def lay_over_body(
    layer: Layer,
    fragments: Fragments,
    part_of_face: Int[Tensor, "face"],
    to: Enlargement,
    rgb: Float[np.ndarray, "rows columns 3"],
    alpha: Float[np.ndarray, "rows columns"],
) -> None:
    """Lay a part over a person, in place, where nothing of the body lies before it.

    Args:
        fragments: of the body without what the layer shows, of one frame.
        to: from the cells of the fragments to the pixels of the person.
    """
    area = layer.within(to.area)
    if area is None:
        return
    height, width = fragments.face[0].shape
    cells, enlargement = to.within(area, (height, width))
    before = enlarged_mask(before_layer(layer, fragments, part_of_face, cells), enlargement)
    rows, columns = (
        slice(of.start - whole.start, of.stop - whole.start) for of, whole in zip(area, to.area, strict=True)
    )
    lay(layer, before, area, rgb[rows, columns], alpha[rows, columns])
