"""What to label next, label errors, rounds of learning."""
