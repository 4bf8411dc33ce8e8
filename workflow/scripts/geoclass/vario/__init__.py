"""Vario functions, vario parameters, and crevasse orientation and spacing."""
