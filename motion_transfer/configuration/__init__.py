"""Words of the command line -> a composed configuration, or one sentence about what is wrong with them."""
