"""Scenes in the common form, their validity, and their split-images."""
