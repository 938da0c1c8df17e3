"""Everything that touches the disk: video and sound, values as records, body models, assets and the cache.

What is written appears under its name complete or not at all.
"""
