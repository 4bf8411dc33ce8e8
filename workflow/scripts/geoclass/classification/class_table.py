"""The table of classes of a scene: class and confidence of every tile."""

import pyarrow as pa

from geoclass.core.tables import Column

CLASSES = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("row_px", pa.int32(), "row of the tile's upper left pixel in the scene"),
    Column("column_px", pa.int32(), "column of the tile's upper left pixel in the scene"),
    Column("class_id", pa.int32(), "most probable class"),
    Column("confidence", pa.float32(), "calibrated probability of that class, 0 to 1"),
    Column("entropy", pa.float32(), "entropy of the probabilities over log C, 0 = certain, 1 = all classes equally likely"),
    Column("margin", pa.float32(), "probability of the first class less that of the second"),
    Column("dissimilarity", pa.float32(), "dissimilarity index in feature space (Meyer and Pebesma 2021)"),
    Column("applicable", pa.bool_(), "dissimilarity within the model's area of applicability"),
    Column("probabilities", "classes", "calibrated probabilities in the order of the model's class list"),
)
