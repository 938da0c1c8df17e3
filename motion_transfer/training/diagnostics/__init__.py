"""A trained network -> diagnostics: numbers with their paper, a figure, and a sentence for the user.

`jacobian` (sensitivity to the input), `sharpness` (of the minimum), `loss_path` (between minima), `margins` (of a
classifier) and `two_samples` (maximum mean discrepancy) measure, `figures` draws, `diagnostic` holds what was found.
"""
