"""Shared machinery of every learner: network parts, optimizers, schedules, callbacks, diagnostics.

Imports torch, NumPy and Lightning only and could be lifted out unchanged. What torch or Lightning already has is
configured, not written again: `configs/training/` names one constructor call per file (`optimizer`, `schedule`,
`callback`, `augmentation`, `deep_image_prior`).

Building a network: `layers` (normalization, activation, dropout by name), `blocks`, `normalization` (of weights),
`initialization` (random, or from other weights with a report).

Training it: `optimizers`, `schedules` (functions of progress), `callbacks` (budgets, scheduled rates, guard),
`monitors` (statistics, samples, progress bar), `regularization`, `order` (curriculum), `augmentation`, `ensembles`.

Asking about it: `distances` (between sets of samples), `diagnostics`, `channel_selection` (cut what is not used).

Without training data: `deep_image_prior` fills what a background never showed; `optimizers.admm` smooths paths by total
variation.

Where each is used: the chain from two videos to one uses `layers` and `initialization` (generator and discriminator),
`schedules` and `callbacks` (the performer's training), chosen in `configs/training/performer`. `optimizers`, the other
callbacks, `monitors`, `augmentation` and `deep_image_prior` are there to be named by a configuration, through
`configs/training/`; what our `optimizers` cost is measured by `scripts/benchmark.py`. `scripts/diagnose.py` asks a
performer by `diagnostics.jacobian`, `sharpness`, `loss_path` (the line) and `margins` (without the predicted gap), and
runs `diagnostics.experiment` where `experiment=true`. The rest is a library for learners to come; the tests are its
only users so far.
"""
