"""A glacier of known truth, simulated."""
