"""The mesh of a posed body of one frame, computed once for all who look at it while that frame is painted."""

from functools import lru_cache

from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody

KEPT = 8  # frames that are worked on side by side; where there are more, some meshes are computed again


@lru_cache(maxsize=KEPT)
def posed_mesh_m(posed: PosedBody) -> Float[Tensor, "1 vertex 3"]:
    """Its vertices in the world; callers must not change them."""
    return posed.vertices_m()
