"""The table of vario functions, vario parameters and crevasse structure of every tile."""

import pyarrow as pa

from geoclass.core.tables import Column

VARIO = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("v", "lags", "vario function, direction by direction, squared counts"),
    Column("residual", "lags", "residual vario function, likewise"),
    Column("n_pairs", "counts", "number of pixel pairs, likewise"),
    Column("pond", "directions", "maximum of the smoothed residual vario function, by direction, squared counts"),
    Column("nugget", "directions", "value of the smoothed residual vario function at the first lag, likewise"),
    Column("p1", "directions", "slope from its first maximum to the first minimum after it, by direction, squared counts per m"),
    Column("p2", "directions", "drop from that maximum to that minimum as a share of the maximum, 0 to 1"),
    Column("mindist_m", "directions", "lag distance of that minimum: about one spacing of crevasses along the direction"),
    Column("hdiff_m", "directions", "lag distance from that maximum to that minimum"),
    Column(
        "orientation_true_deg", pa.float32(), "direction of crevasse lines on the ground, 0 to 180, clockwise from true north"
    ),
    Column("orientation_grid_deg", pa.float32(), "their direction on the map, in units of the grid, clockwise from its y axis"),
    Column("grid_north_deg", pa.float32(), "direction of that axis on the ground at the tile, clockwise from true north"),
    Column("orientation_se_deg", pa.float32(), "standard error of the orientation"),
    Column("spacing_m", pa.float32(), "distance from crevasse to crevasse, across them; missing where unresolved"),
    Column("spacing_se_m", pa.float32(), "standard error of the spacing"),
    Column(
        "anisotropy", pa.float32(), "part of the vario functions due to one plane wave: 0 = all directions alike, 1 = one alone"
    ),
    Column("fit_quality", pa.float32(), "share of the curves' variance that the fitted plane wave explains, 0 to 1"),
    Column("structure_status", pa.string(), "resolved, or why spacing and orientation are missing; see docs/vario.md"),
)
