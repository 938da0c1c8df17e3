"""The YAML files: one constructor call each; folders mirror the package."""
