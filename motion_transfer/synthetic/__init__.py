"""Seed -> clips of synthetic performers with exact ground truth, for tests, demo and benchmark.

A pair also holds what real footage never has: the true frames of one person doing the other's dance.
"""
