"""Stage 2, Video and Detections -> Capture: all frames of a clip at once, one shape per clip (video SMPLify).

Also the refinement of a Capture against points of the surface, and the offset of clothes from silhouettes.
"""
