"""Labels from every source, their split, and data sets for other software."""
