"""Scores with intervals, calibration, baselines."""
