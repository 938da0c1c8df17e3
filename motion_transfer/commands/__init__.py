"""One file a command: composed configuration in, stages built from it, one function of the pipeline called."""
