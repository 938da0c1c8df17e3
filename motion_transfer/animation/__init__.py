"""SourceMotion + CharacterMesh -> a file of the character in motion, by deformation transfer from a body like it."""
