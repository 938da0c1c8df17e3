"""Shared machinery of every learner: network parts, optimizers, schedules, callbacks, diagnostics.

Imports torch, Lightning, Pillow and matplotlib only and could be lifted out unchanged. What torch or Lightning
already has is configured, not written again: `configs/training/` names one constructor call per file (`optimizer`,
`schedule`, `sampler`, `callback`, `regularizer`, `augmentation`, `deep_image_prior`).

Building a network: `layers` (normalization, activation, dropout by name), `blocks`, `normalization` (of weights),
`initialization` (random, or from other weights with a report).

Training it: `optimizers`, `schedules` (functions of progress), `callbacks` (budgets, scheduled rates, guard),
`monitors` (statistics, samples, progress bar), `regularization`, `constraints` (decay, noise, bounds), `samplers`
(curriculum), `augmentation`, `ensembles`.

Asking about it: `distances` (between sets of samples), `diagnostics`, `channel_selection` (what is not needed).

Without training data: `deep_image_prior` fills what a background never showed; `optimizers.admm` straightens paths by
total variation.

Where each is used. The performer's training (`configs/training/performer`) builds its networks by `layers`,
`initialization` (`training.start_from`: another performer's layers), `blocks` (`training.generator.bottleneck`,
`enlargement`) and `normalization` (`training.discriminator.weight_norm`). Its losses take `regularization`
(`training.label_smoothing`, `training.r1`). By name it is given, each from its group:

- `training/optimizer=NAME` and `training/optimizer@training.discriminator_optimizer=NAME` (all but ADMM's, which is for
  a single tensor), `training/schedule=NAME`, `training/sampler=NAME`;
- `training/callback@training.callbacks.averaging=NAME` (the averages of `ensembles`), and further
  `+training/callback@training.callbacks.ANY=NAME` (`constraints`, `monitors`, a budget of steps, snapshots);
- `+training/regularizer@training.regularizers.ANY=NAME` (of the weights, from `regularization`);
- `training/augmentation@training.augmentation.photometric=photometric`, and `geometric` likewise: beside the samples'
  own moves, which render the body anew.

`plate=deep_image_prior` and `plate=deep_decoder` fill the plate, the latter by `blocks`. The retargeter's trend filter
straightens shaky paths by `optimizers.admm`. `scripts/evaluate.py` compares sets of patches by `distances`.
`scripts/benchmark.py` measures the cost of our `optimizers`. `scripts/diagnose.py` measures a performer by
`diagnostics.jacobian`, `two_samples`, `sharpness`, `loss_path` and `margins`, by the snapshots of `ensembles` where its
training kept some, and, where `channel_pruning.steps` is set, by `channel_selection` with proximal group lasso.
`examples/published_effects` measures published effects on a small classification task.
"""
