"""Shared machinery of every learner: network parts, optimizers, schedules, callbacks, diagnostics.

Imports torch, NumPy and Lightning only and could be lifted out unchanged. What torch or Lightning already has is
configured, not written again: `configs/training/` names one constructor call per file (`optimizer`, `schedule`,
`callback`, `augmentation`, `deep_image_prior`).

Building a network: `layers` (normalization, activation, dropout by name), `blocks`, `normalization` (of weights),
`initialization` (random, or from other weights with a report).

Training it: `optimizers`, `schedules` (functions of progress), `callbacks` (budgets, scheduled rates, guard),
`monitors` (statistics, samples, progress bar), `regularization`, `order` (curriculum), `augmentation`, `ensembles`.

Asking about it: `distances` (between sets of samples), `diagnostics`, `channel_selection` (cut what is not used).

Without training data: `deep_image_prior` fills what a background never showed; `optimizers.admm` straightens paths by
total variation.

Where each is used. The performer's training (`configs/training/performer`) uses `layers` and `initialization` in its
networks, `callbacks` and the moving average of `ensembles`, and is given by name, each from its group:
`training/augmentation@training.augmentation.photometric=NAME` (`augmentation`, its colours, noise and holes),
`training/optimizer=NAME` and `training/optimizer@training.discriminator_optimizer=NAME` (all but ADMM's, which is for a
single tensor), `training/schedule=NAME` and `training/order=NAME`. `plate=deep_image_prior` fills the plate.
`retargeting.root_smoothing` straightens shaky paths by `optimizers.admm`. `scripts/evaluate.py` compares sets of
patches by `distances`. `scripts/benchmark.py` measures what our `optimizers` cost. `scripts/diagnose.py` asks a
performer by `diagnostics.jacobian`, `sharpness`, `loss_path` (the line), `margins` (without the predicted gap) and,
where `channels.steps` is set, by `channel_selection` with proximal group lasso; where `experiment=true` it runs
`diagnostics.experiment`, which uses the other diagnostics.

Not used by the chain so far, only by tests: `blocks`, `normalization`, `regularization`, the ensembles other than the
average, `loss_path`'s plane, what only `configs/training/callback` names (`monitors`), and `augmentation`'s geometric
half: performers have the samples' own, which renders the body anew.
"""
