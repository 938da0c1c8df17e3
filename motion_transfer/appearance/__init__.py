"""What the target looks like: background plate, person mattes, held objects and the surface texture."""
