"""Calibration, conformal sets, area of applicability."""
