"""A trained network in, what to make of it out: each with its paper, and a sentence for the user.

`jacobian`, `sharpness`, `loss_path` and `margins` look at a performer; `gdv`, `noise_robustness`, `one_layer`,
`random_labels`, `linear_regions` and `mutual_information` run together on a small task in `experiment`.
"""
