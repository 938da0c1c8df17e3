"""Stage 1, Video -> Detections: landmarks, masks and shots of one person.

`PersonTracker` follows the person through the clip with any `FrameDetector`, which finds one person in one picture.
Every detector has an adapter of its own, the only file that imports its vendor. `stabilization` undoes small motions of
the camera.
"""
