"""A table of split-images as the original software writes it."""

import numpy as np
from affine import Affine

INFO = {
    "filename": ["Data/Worldview_Image/WV02_2016.tif", "C:\\Data\\WV01_2018.tif"],
    "is_geotiff": [True, True],
    "contour_path": "negri_contour.npy",
    "winsize_pix": [201, 268],
    "transform": [None, Affine(0.5, 0, 1.0, 0, -0.5, 2.0)],
    "class_enumeration": ["Undisturbed Snow", "Chaos"],
}
TABLE = np.array([[0, 268, 5e5, 8.7e6, -1, 0, 0], [201, 0, 5e5, 8.7e6, 1, 1, 1], [402, 0, 5e5, 8.7e6, 0, 0.7, 1]])


def write(path, info=INFO, table=TABLE, **options):
    content = np.empty(2, object)
    content[0], content[1] = info, table
    np.save(path, content, **options)
    return path
