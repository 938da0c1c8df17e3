"""Stage 1, Video -> Detections: landmarks, masks and shots of one person.

`PersonTracker` follows the person through the clip with any `FrameDetector`, which finds one person in one picture.
Only the adapters named `mediapipe_...` import their vendor. `stabilization` undoes small motions of
the camera.
"""
