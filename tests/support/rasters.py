"""Small rasters of any kind, written to a file."""

import numpy as np
import rasterio
from rasterio import Affine

TRANSFORM = Affine(0.5, 0, 1_000_000, 0, -0.25, -500_000)


def written(path, counts, crs=3413, transform=TRANSFORM, mask=None, **profile):
    bands = np.atleast_3d(counts.T).T if counts.ndim == 2 else counts
    profile = {"driver": "GTiff", "count": len(bands), "dtype": bands.dtype, "crs": crs and f"EPSG:{crs}"} | profile
    with rasterio.open(path, "w", height=bands.shape[1], width=bands.shape[2], transform=transform, **profile) as out:
        out.write(bands)
        if mask is not None:
            out.write_mask(mask)
    return path
