"""A learned performer, and the record of its training where that is kept -> diagnostics: numbers and figures.

`diagnose` runs the measurements, one module each: `sensitivity` (Jacobian), `patch_statistics` (maximum mean
discrepancy), `sharpness` (Hessian, worst loss nearby), `weight_averaging` and `snapshot_ensemble` (loss between
checkpoints), `discriminator_margins`, `channel_pruning` (group lasso). The mathematics is that of
`training.diagnostics`; `probes` feeds it a performer, `training_record` the frames and the weights of its training.
"""
