"""A clip of a person and the stages of the pipeline -> measurements, each beside the bar that it should reach.

`benchmark` runs them by name: `stages` (speed), `memory` (peak of a whole transfer), `optimizers` (cost of a step
against Adam's), `accuracy` (fitted joints against the true ones of drawn dancers). `clips` makes their clips.
"""
