"""What is measured of estimators of motion."""

from motion_transfer.benchmarking.convergence import Convergence
from motion_transfer.domain.body_motion import FitQuality
from motion_transfer.domain.value import value
from motion_transfer.evaluation.pose_accuracy import PoseAccuracy

DANCERS, TURNS, PROFILES = "dancers", "full turns", "profiles"


@value
class Cost:
    """Seconds of the processor that a frame takes, on all cores together."""

    detection_s: float
    network_s: float


@value
class EstimatorFigures:
    """What was measured, each by the estimator's name.

    Attributes:
        drawn: by the kind of drawn clips.
        filmed: by the clip's name.
        convergence: by the dancer's name.
    """

    drawn: dict[str, dict[str, PoseAccuracy]]
    filmed: dict[str, dict[str, FitQuality]]
    convergence: dict[str, Convergence]
    cost: Cost
