"""Protocols of evaluation: the pipeline's verbs plus scores against frames that were not learned from."""
