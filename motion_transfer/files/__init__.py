"""Everything that touches the disk: video, motion files, body models, assets and the cache."""
