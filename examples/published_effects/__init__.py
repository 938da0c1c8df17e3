"""Seed -> eight published effects of deep learning, each reproduced within seconds on a small classification task.

`effects` runs them. `gdv` (class separation), `noise_robustness`, `one_layer`, `random_labels`, `linear_regions`,
`mutual_information` (information plane), `bagging` and `generalization_gap` hold the mathematics, `spirals` the task.
Nothing here is needed to learn a performer.
"""
