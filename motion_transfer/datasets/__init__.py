"""Footage and motion of a performer -> training samples: crops on disk, maps rendered for exactly these crops."""
