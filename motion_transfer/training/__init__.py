"""Machinery of any learner: network parts, optimizers, schedules, callbacks, diagnostics.

Imports torch, Lightning, Pillow and matplotlib only, and could be lifted out unchanged. What torch or Lightning already
has is configured rather than written again: a file of `configs/training/` is one constructor call, in the groups
`optimizer`, `schedule`, `sampler`, `callback`, `regularizer` and `augmentation`.

Networks: `layers` (normalization, activation, dropout by name), `blocks`, `normalization` (of weights),
`initialization` (random, or from the weights of another network).

Training: `optimizers`, `schedules` (functions of progress), `callbacks` (budgets, scheduled rates, guard), `monitors`
(statistics, samples, progress bar), `regularization`, `constraints` (decay, noise, bounded singular values),
`samplers` (curriculum), `augmentation`, `ensembles` (averages of weights, snapshots).

Measurement: `distances` (between sets of samples), `diagnostics`, `channel_pruning`.

Without training data: `deep_image_prior` (inpainting), `optimizers.admm` (smoothing by total variation).
"""
