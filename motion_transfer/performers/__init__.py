"""RegisteredFootage + References -> Performer, learned once and kept as a folder; with a BodyMotion, -> frames."""
