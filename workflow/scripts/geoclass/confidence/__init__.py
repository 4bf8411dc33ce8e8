"""How sure a prediction is, and where a model may be asked."""
