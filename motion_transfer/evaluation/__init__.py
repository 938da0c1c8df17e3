"""How good a result is: metrics, baselines, contact sheets and the report."""
