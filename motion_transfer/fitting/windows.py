"""Windows of frames whose energy is computed at once, so that the memory of a fit hardly grows with a clip's length.

Notation: of N frames a window has those from `first` to before `stop`. A mean over frames is the sum of the windows'
shares in it: one over single frames has N terms, one over pairs of neighbours N - 1, and one over three in a row N - 2.
A window reads one neighbour on each side; a pair belongs to the window of its later frame, and three to their middle's.
"""

from motion_transfer.body.surface_targets import SurfaceTargets
from motion_transfer.domain.value import value

LONGEST = 1024  # frames


@value
class Window:
    """Some frames of a clip.

    Attributes:
        frames: of the whole clip.
    """

    first: int
    stop: int
    frames: int

    @property
    def clip(self) -> slice:
        """Its own frames in the clip."""
        return slice(self.first, self.stop)

    @property
    def read(self) -> slice:
        """The frames of the clip that the window reads: its own, and one neighbour on each side where there is one."""
        return slice(max(self.first - 1, 0), min(self.stop + 1, self.frames))

    @property
    def kept(self) -> slice:
        """Its own frames, among those that it reads."""
        lead = self.first - self.read.start
        return slice(lead, lead + self.stop - self.first)

    @property
    def paired(self) -> slice:
        """Among those that it reads, the frames whose neighbouring pairs are its own."""
        return slice(0, self.kept.stop)

    @property
    def frame_share(self) -> float:
        """Of a mean over all frames."""
        return (self.stop - self.first) / self.frames

    @property
    def pair_share(self) -> float:
        """Of a mean over all pairs of neighbours."""
        return (self.kept.stop - 1) / max(self.frames - 1, 1)

    @property
    def triple_share(self) -> float:
        """Of a mean over all three frames in a row."""
        return max(self.read.stop - self.read.start - 2, 0) / max(self.frames - 2, 1)

    def targets(self, of_clip: SurfaceTargets) -> SurfaceTargets:
        """The targets in its own frames, numbered as it reads them."""
        kept = ((of_clip.frames >= self.first) & (of_clip.frames < self.stop)).nonzero().flatten()
        return SurfaceTargets(
            frames=of_clip.frames[kept] - self.read.start,
            vertex=of_clip.vertex[kept],
            xy_px=of_clip.xy_px[kept],
            weights=of_clip.weights[kept],
        )


def windows(frames: int) -> list[Window]:
    """Windows of about one length that together have all frames of a clip, in order."""
    count = -(-frames // LONGEST)
    edges = [frames * number // count for number in range(count + 1)]
    return [Window(first=first, stop=stop, frames=frames) for first, stop in zip(edges, edges[1:], strict=False)]
