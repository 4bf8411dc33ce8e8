"""The style of a layer of classified polygons, kept in its GeoPackage where QGIS looks for it."""

import sqlite3
from xml.sax.saxutils import quoteattr

import pandas as pd

TABLE = """
CREATE TABLE IF NOT EXISTS layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT, f_table_schema TEXT,
    f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
    description TEXT, owner TEXT, ui TEXT, update_time DATETIME)
"""
NAME = "classes"


def write(database: sqlite3.Connection, layer: str, style: str, now: str) -> None:
    """Make a style that of a layer, in a transaction of the caller; styles that people have given the layer stay.

    Parameters
    ----------
    database
        An open GeoPackage.
    layer
        Name of the layer, whose geometry is in the column geom.
    style
        As `qml` returns it.
    now
        Time of the change, as GeoPackage writes it.
    """
    database.execute(TABLE)
    database.execute(
        "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, last_change) VALUES "
        "('layer_styles', 'attributes', 'layer_styles', ?)",
        (now,),
    )
    ours = (layer, NAME)
    if database.execute("SELECT 1 FROM layer_styles WHERE f_table_name = ? AND styleName = ?", ours).fetchone():
        database.execute(
            "UPDATE layer_styles SET styleQML = ?, update_time = ? WHERE f_table_name = ? AND styleName = ?", (style, now, *ours)
        )
        return
    columns = "f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, useAsDefault, update_time"
    values = ("", "", layer, "geom", NAME, style, True, now)
    database.execute(f"INSERT INTO layer_styles ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def qml(classes: pd.DataFrame, column: str) -> str:
    """Return a style of QGIS for polygons that are coloured by the class in a column, class_name or class_id; half transparent."""
    entries = zip(classes[column].astype(str), classes["class_name"], strict=True)
    categories = "".join(
        f'\n      <category symbol="{number}" value={quoteattr(value)} label={quoteattr(name)} render="true"/>'
        for number, (value, name) in enumerate(entries)
    )
    symbols = "".join(_symbol(number, colour) for number, colour in enumerate(classes["colour"]))
    return f"""<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22" styleCategories="Symbology">
  <renderer-v2 type="categorizedSymbol" attr="{column}" symbollevels="0" enableorderby="0" forceraster="0">
    <categories>{categories}
    </categories>
    <symbols>{symbols}
    </symbols>
  </renderer-v2>
</qgis>
"""


def _symbol(number: int, colour: str) -> str:
    """Return the symbol of one class: an outline in its colour and a transparent filling."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    options = {
        "color": f"{red},{green},{blue},110",
        "outline_color": f"{red},{green},{blue},255",
        "outline_width": "0.4",
        "style": "solid",
        "outline_style": "solid",
    }
    listed = "".join(f'\n            <Option name="{key}" value="{value}" type="QString"/>' for key, value in options.items())
    return f"""
      <symbol type="fill" name="{number}" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleFill" enabled="1" pass="0" locked="0">
          <Option type="Map">{listed}
          </Option>
        </layer>
      </symbol>"""
