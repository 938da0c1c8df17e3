"""Clip -> findings: a quick look at some of its frames, before anything is computed from it."""
