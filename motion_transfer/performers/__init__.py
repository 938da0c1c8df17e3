"""Learning what one person looks like: target footage + capture -> Look -> Performer."""
