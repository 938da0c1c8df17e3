"""Result frames and motions -> how good they are: metrics, baselines, contact sheets and the report."""
