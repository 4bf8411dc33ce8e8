"""The names of the three networks as people read them."""

NAMES = {"varionet": "VarioNet", "resnet18": "ResNet-18", "variomlp": "VarioMLP"}  # the best first
