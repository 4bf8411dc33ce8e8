"""What was made, what it rests on, what it took."""
