"""The tables of tiles to label next and of possible label errors."""

import pyarrow as pa

from geoclass.core.tables import Column

QUEUE = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("scene", pa.string(), "scene of the tile"),
    Column("rank", pa.int32(), "place in the queue, from 1"),
    Column("reason", pa.string(), "why it should be labelled: uncertain, disagreement of two models, or rare class"),
    Column("class_id", pa.int32(), "most probable class by the model that the queue is made with"),
    Column("confidence", pa.float32(), "calibrated probability of that class, 0 to 1"),
    Column("margin", pa.float32(), "probability of that class less that of the second"),
    Column("variomlp_id", pa.int32(), "most probable class by VarioMLP; missing where it has not classified the tile"),
    Column("resnet18_id", pa.int32(), "most probable class by ResNet-18; missing where it has not classified the tile"),
    Column("divergence", pa.float32(), "Jensen-Shannon divergence of the two, 0 = they agree, 1 = they exclude each other"),
)
LABEL_ERRORS = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("scene", pa.string(), "scene or image set of the tile"),
    Column("class_id", pa.int32(), "class given to the tile"),
    Column("proposed_id", pa.int32(), "class that tiles of other blocks suggest"),
    Column("score", pa.float32(), "probability of the class given, 0 = surely wrong, 1 = surely right"),
    Column("confidence", pa.float32(), "probability of the class proposed, 0 to 1"),
    Column("likely", pa.bool_(), "counted as a wrong label by confident learning (Northcutt et al. 2021)"),
    Column("origin", pa.string(), "human, or the model and round that proposed the label"),
)
