"""Class and confidence of every tile of a scene."""
