"""What to label next, labels to doubt, rounds of learning."""
