"""The baseline of the nearest pose: for every frame the training frame whose pose is most similar."""

from pathlib import Path

from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.video import Frame, Video
from motion_transfer.evaluation.baselines import nearest_neighbours
from motion_transfer.files.kept_frames import KeptFrames
from motion_transfer.performers.performer import pose_features


class NearestFrames:
    """Training frames by the number of the frame that they stand in for; they wait on disk.

    Args:
        folder: where they wait.
        training: in which `known` was performed.
        asked: the motion to find similar poses for.
    """

    def __init__(self, folder: Path, training: Video, known: BodyMotion, asked: BodyMotion) -> None:
        self._nearest = nearest_neighbours(pose_features(known), pose_features(asked)).tolist()
        self._kept = KeptFrames(folder)
        for number, picture in training.pick(self._nearest):
            self._kept.keep(number, picture)

    def __getitem__(self, frame: int) -> Frame:
        return self._kept[self._nearest[frame]]
