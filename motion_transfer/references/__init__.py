"""The target's own frames, and how they are warped to another pose through the surface of the body."""
