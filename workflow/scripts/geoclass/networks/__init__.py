"""VarioMLP, ResNet-18, VarioNet, and their training."""
