"""Where the feet of a dance stand and swing: beats of steps, turns, squats and jumps laid one after the other.

A foot is either planted (its place and yaw are constant) or swings along an eased path, so nothing slides by design.
"""

from fractions import Fraction

import numpy as np
from jaxtyping import Bool, Float

from motion_transfer.domain.value import value

STEP_S, SWING_S, LIFT_M = 0.55, 0.4, 0.08
TURN_STEP_RAD = np.radians(50)
ROOM_M = 0.25  # how far the middle of the feet strays from the origin
TOE_OUT_RAD = np.radians(8)


@value
class Footwork:
    """The feet (left, right) over time, and what the pelvis does above them; world axes.

    Attributes:
        place_m: x, height above the planted foot, z of each foot.
        yaw: turn of each foot about the vertical, radians, counter-clockwise from above; toes out are included.
        body_yaw: where the feet together face, radians, not wrapped.
        crouch_m: how far the pelvis sinks below its highest place over the feet.
    """

    place_m: Float[np.ndarray, "frame 2 3"]
    yaw: Float[np.ndarray, "frame 2"]
    body_yaw: Float[np.ndarray, "frame"]
    planted: Bool[np.ndarray, "frame 2"]
    crouch_m: Float[np.ndarray, "frame"]


def ease(share: Float[np.ndarray, "time"]) -> Float[np.ndarray, "time"]:
    """0 to 1 with velocity and acceleration zero at both ends."""
    t = share.clip(0, 1)
    return t**3 * (t * (6 * t - 15) + 10)


class FootworkPlan:
    """Collects moves; `time_s` is when the next one starts."""

    def __init__(self, seconds: float, fps: Fraction, generator: np.random.Generator, hip_width_m: float) -> None:
        frames = max(1, round(seconds * fps))
        self.seconds = seconds
        self.time_s = 0.2
        self._clock_s = np.arange(frames) / float(fps)
        self._draw = generator
        self._half_m = hip_width_m / 2 * 1.15
        self._heading = 0.0
        self._centre = np.zeros(2)
        self._place = np.zeros((frames, 2, 3))
        self._turned = np.zeros((frames, 2))
        self._swinging = np.zeros((frames, 2), bool)
        self._crouch = np.zeros(frames)
        self._swings = 0
        for foot in range(2):
            self._place[:, foot, [0, 2]] = self._home(foot)

    @property
    def finished(self) -> bool:
        return self.time_s > self.seconds

    def result(self) -> Footwork:
        """All that was collected so far."""
        return Footwork(
            place_m=self._place,
            yaw=self._turned + np.array([TOE_OUT_RAD, -TOE_OUT_RAD]),
            body_yaw=self._turned.mean(1),
            planted=~self._swinging,
            crouch_m=self._crouch,
        )

    def add(self, move: str) -> None:
        """Append one move.

        Raises:
            ValueError: the feet know no such move.
        """
        known = {
            "steps": self._steps,
            "turns": self._turn,
            "squats": self._squat,
            "jumps": self._jump,
            "sways": self._stand,
        }
        if move not in known:
            raise ValueError(f"expected a move of the feet among {', '.join(known)}, got {move!r}")
        known[move]()

    def _home(self, foot: int) -> np.ndarray:
        """Where a foot stands under the body: the left one on the side that is the body's left (+x at yaw 0)."""
        side = self._half_m if foot == 0 else -self._half_m
        return self._centre + side * np.array([np.cos(self._heading), -np.sin(self._heading)])

    def _swing(self, foot: int, target: np.ndarray) -> None:
        now = self._clock_s
        share = (now - self.time_s) / SWING_S
        moving, later = (share > 0) & (share < 1), share > 0
        before = int(np.searchsorted(share, 0.0, side="right")) - 1
        eased = ease(share)[later, None]
        start, turned = self._place[before, foot].copy(), self._turned[before, foot]
        end = np.array([target[0], 0.0, target[1]])
        self._place[later, foot] = start + (end - start) * eased
        self._turned[later, foot] = turned + (self._heading - turned) * eased[:, 0]
        self._place[moving, foot, 1] = LIFT_M * np.sin(np.pi * ease(share[moving])) ** 2
        self._swinging[moving, foot] = True
        self._swings += 1
        self.time_s += STEP_S

    def _steps(self) -> None:
        """One foot steps to a side, forward or back; then it comes home or the other one follows."""
        foot = self._swings % 2
        outward = (1.0 if foot == 0 else -1.0) * self._draw.uniform(0.1, 0.28)
        along = self._draw.uniform(-0.2, 0.25) if self._draw.random() < 0.5 else 0.0
        cos, sin = np.cos(self._heading), np.sin(self._heading)
        offset = np.array([cos * outward + sin * along, -sin * outward + cos * along])
        self._swing(foot, self._home(foot) + offset)
        if self._draw.random() < 0.5:
            self._swing(foot, self._home(foot))
        else:
            self._centre = (self._centre + offset).clip(-ROOM_M, ROOM_M)
            self._swing(1 - foot, self._home(1 - foot))
            self._swing(foot, self._home(foot))

    def _turn(self) -> None:
        """Turn on the spot, foot after foot: all the way around the first time, then by a quarter up to a full turn."""
        amount = self._draw.choice([np.pi / 2, np.pi, 2 * np.pi]) if self._turned.any() else 2 * np.pi
        angle = amount * self._draw.choice([-1, 1])
        count = int(np.ceil(abs(angle) / TURN_STEP_RAD))
        first = 0 if angle > 0 else 1
        for step in range(count):
            self._heading += angle / count
            foot = (first + step) % 2
            self._swing(foot, self._home(foot))
        self._swing((first + count) % 2, self._home((first + count) % 2))

    def _bump(self, start_s: float, length_s: float) -> np.ndarray:
        share = ((self._clock_s - start_s) / length_s).clip(0, 1)
        return np.sin(np.pi * share) ** 2

    def _squat(self) -> None:
        length_s = self._draw.uniform(1.1, 1.5)
        self._crouch += self._draw.uniform(0.18, 0.34) * self._bump(self.time_s, length_s)
        self.time_s += length_s

    def _jump(self) -> None:
        flight_s, dip_s = 0.45, 0.5
        height = self._draw.uniform(0.1, 0.18)
        takeoff_s = self.time_s + dip_s * 0.8
        share = (self._clock_s - takeoff_s) / flight_s
        flying = (share > 0) & (share < 1)
        self._place[:, :, 1] += height * (np.sin(np.pi * share.clip(0, 1)) ** 2)[:, None]
        self._swinging |= flying[:, None]
        landing_s = takeoff_s + flight_s * 0.85
        self._crouch += 0.12 * self._bump(self.time_s, dip_s) + 0.1 * self._bump(landing_s, dip_s)
        self.time_s = landing_s + dip_s

    def _stand(self) -> None:
        self.time_s += 2 * STEP_S
