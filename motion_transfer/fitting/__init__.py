"""Stage 2, Detections -> Capture: all frames of a clip at once, joints only, one shape per clip (video SMPLify).

Also the thickness of clothes from silhouettes, and motion files: BVH -> BodyMotion.
"""
