"""The landmarks of mediapipe's pose model and its bias: it sees them beside the joints and points they are named for.

The bias is measured. It is the offset in the T-pose that explains the distances between the detector's landmarks and
the true points best, over six drawn dancers (48 frames each, seen from all sides). Six other dancers give the same to
within a centimetre; the median distance falls from 1.0 to 0.6 % of the person's height. Of the face's bias up and to
the front only a third is taken: drawn faces are flat, and with the whole of it the heads of real people bow.
"""

from motion_transfer.domain.landmarks import LandmarkLayout

NAMES = (
    ("nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer")
    + ("left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder")
    + ("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky")
    + ("left_index", "right_index", "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee")
    + ("left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot_index", "right_foot_index")
)
# Metres outward (away from the body's middle), up and to the front.
BIAS_M = {
    "nose": (0.0, 0.004, -0.004),
    "eye_inner": (0.001, 0.003, 0.001),
    "eye": (0.003, 0.003, -0.002),
    "eye_outer": (0.004, 0.003, -0.002),
    "ear": (-0.014, -0.002, 0.003),
    "mouth": (0.001, 0.001, -0.003),
    "shoulder": (-0.003, 0.014, 0.013),
    "elbow": (-0.013, 0.0, 0.024),
    "wrist": (-0.001, -0.001, 0.004),
    "pinky": (-0.028, -0.011, 0.029),
    "index": (-0.006, -0.003, -0.004),
    "thumb": (0.004, 0.004, -0.032),
    "hip": (-0.014, -0.006, 0.024),
    "knee": (-0.005, -0.006, 0.002),
    "ankle": (-0.002, 0.019, 0.009),
    "heel": (-0.017, 0.007, 0.016),
    "foot_index": (0.025, 0.011, -0.032),
}

LAYOUT = LandmarkLayout.symmetric(NAMES, BIAS_M)
