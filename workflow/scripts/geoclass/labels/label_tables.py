"""The tables of labels and of their split."""

import pyarrow as pa

from geoclass.core.tables import Column

OUT_OF_FOLD = "out-of-fold"  # subset of the tiles that are held out in their turn
LABELS = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("scene", pa.string(), "scene or image set of the tile"),
    Column("class_id", pa.int32(), "class given to the tile"),
    Column("class_name", pa.string(), "name of that class"),
    Column("source", pa.string(), "file or folder that the label comes from"),
    Column("origin", pa.string(), "human, or the model and round that proposed the label"),
    Column("confidence", pa.float32(), "confidence of the model that proposed the label, 0 to 1; missing for people's"),
    Column("inside_share", pa.float32(), "share of the tile inside the polygons of its class; 1 for points and class folders"),
    Column("group", pa.string(), "place or image that must not be torn apart by a split; empty where none is named"),
)
SPLITS = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("subset", pa.string(), "train, validation or test; with folds: out-of-fold, or train where a model gave the label"),
    Column("block", pa.string(), "spatial block, scene or group of the tile: the unit of splitting and of resampling"),
)
FOLDS = (
    *SPLITS,
    Column("fold", pa.int32(), "fold that holds the tile out, from 0"),
    Column(
        "apart", pa.list_(pa.int32()), "other folds with tiles that share pixels or ground: their models do not learn this one"
    ),
)
