"""The table of predictions of labelled tiles, by every model and baseline."""

import pyarrow as pa

from geoclass.core.tables import Column

PREDICTIONS = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("scene", pa.string(), "scene or image set of the tile"),
    Column("block", pa.string(), "block of the tile in the split"),
    Column("class_id", pa.int32(), "class given to the tile"),
    Column("model", pa.string(), "network or baseline that predicts"),
    Column("predicted_id", pa.int32(), "most probable class"),
    Column("confidence", pa.float32(), "calibrated probability of that class, 0 to 1"),
    Column("set_size", pa.int32(), "number of classes in the conformal set of 90 % coverage; unless 1, the model abstains"),
    Column("resnet18_weight", pa.float32(), "weight of ResNet-18 in VarioNet (β), 0 to 1; missing for other models"),
    Column("dissimilarity", pa.float32(), "dissimilarity index in feature space (Meyer and Pebesma 2021)"),
    Column("applicable", pa.bool_(), "dissimilarity within the model's area of applicability"),
    Column("probabilities", "classes", "calibrated probabilities in the order of the class list"),
)
