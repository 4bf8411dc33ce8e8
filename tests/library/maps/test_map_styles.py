"""Styles that other software reads: well-formed, complete, and safe for any name."""

from xml.etree import ElementTree

import pandas as pd

from geoclass.maps import map_styles

TABLE = pd.DataFrame({"class_id": [2, 9], "class_name": ['snow & "firn" <old>', "crevasses"], "colour": ["#ffffff", "#e41a1c"]})
SLD = {"sld": "http://www.opengis.net/sld"}


def test_classes_are_named_and_coloured_for_qgis():
    root = ElementTree.fromstring(map_styles.qml(map_styles.named("class", TABLE).style, 255))
    found = [(e.get("value"), e.get("color"), e.get("label")) for e in root.iter("paletteEntry")]
    assert found == [("2", "#ffffff", 'snow & "firn" <old>'), ("9", "#e41a1c", "crevasses")]
    assert root.find(".//rasterrenderer").get("type") == "paletted"
    assert root.find(".//noDataRange").get("min") == "255"


def test_percentages_are_a_ramp_from_0_to_100_for_qgis():
    layer = map_styles.percentages("confidence", ("#000000", "#777777", "#ffffff"))
    root = ElementTree.fromstring(map_styles.qml(layer.style, 255))
    assert [(e.get("value"), e.get("label")) for e in root.iter("item")] == [("0", "0 %"), ("50", "50 %"), ("100", "100 %")]
    assert root.find(".//colorrampshader").get("colorRampType") == "INTERPOLATED"


def test_classes_are_named_and_coloured_for_geoserver():
    root = ElementTree.fromstring(map_styles.sld(map_styles.named("class", TABLE).style, "a & b").encode())
    assert root.find(".//sld:NamedLayer/sld:Name", SLD).text == "a & b"
    assert root.find(".//sld:ColorMap", SLD).get("type") == "values"
    entries = root.findall(".//sld:ColorMapEntry", SLD)
    assert [(e.get("quantity"), e.get("color"), e.get("label")) for e in entries][1] == ("9", "#e41a1c", "crevasses")


def test_percentages_are_a_ramp_for_geoserver():
    layer = map_styles.percentages("confidence", ("#000000", "#ffffff"))
    root = ElementTree.fromstring(map_styles.sld(layer.style, "a").encode())
    assert root.find(".//sld:ColorMap", SLD).get("type") == "ramp"
    assert [e.get("quantity") for e in root.findall(".//sld:ColorMapEntry", SLD)] == ["0", "100"]


def test_a_layer_definition_opens_each_date_as_a_layer_the_last_one_shown():
    style = map_styles.named("class", TABLE).style
    text = map_styles.qlr(style, 255, 'NETCDF:"a & b.nc":class', 'A "b" & c', ["2016-06-25", "2019-07-04"], 'LOCAL_CS["<x>"]')
    root = ElementTree.fromstring(text)
    entries = list(root.iter("layer-tree-layer"))
    assert [entry.get("name") for entry in entries] == ["2019-07-04", "2016-06-25"]
    assert [entry.get("checked") for entry in entries] == ["Qt::Checked", "Qt::Unchecked"]
    layers = {layer.findtext("id"): layer for layer in root.iter("maplayer")}
    for band, entry in ((2, entries[0]), (1, entries[1])):
        layer = layers[entry.get("id")]
        assert layer.findtext("datasource") == entry.get("source") == 'NETCDF:"a & b.nc":class'
        assert layer.find("pipe/rasterrenderer").get("band") == str(band) and layer.findtext("srs//wkt") == 'LOCAL_CS["<x>"]'
        assert len(list(layer.iter("paletteEntry"))) == len(TABLE)
