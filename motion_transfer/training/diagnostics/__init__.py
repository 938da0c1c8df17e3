"""A trained network in, what to make of it out: each with its paper, and a sentence for the user.

`jacobian`, `sharpness`, `loss_path` and `margins` look at a performer. `gdv`, `noise_robustness`, `one_layer`,
`random_labels`, `linear_regions`, `mutual_information` and `generalization` run together on a small task, in
`experiment`. Margins predict a generalization gap there, not for a performer: the line from one to the other is fitted
to many networks of known gap, and holds for networks like them, which a performer's one discriminator is not.
"""
