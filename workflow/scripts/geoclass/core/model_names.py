"""The names of the three networks as people read them."""

NAMES = {"varionet": "VarioNet", "resnet18": "ResNet-18", "variomlp": "VarioMLP"}  # the best first
ORIGIN = rf"(human$|({'|'.join(NAMES)})\b)"  # how the origin of a label begins, by a person or by a model with its id
