"""The nouns: immutable values that the stages hand to each other. No disk, no models, no configuration."""
