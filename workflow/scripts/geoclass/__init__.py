"""The library of geoclass-workflow: all logic that more than one script shares."""
