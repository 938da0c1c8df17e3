"""A page in the browser over a store of jobs: files in, transfers queued, watched and kept.

It computes nothing and knows no state of its own: jobs, uploads and performers are those of `jobs`.
"""
