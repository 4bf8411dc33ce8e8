"""The side-car of a simulated scene beside that of a real one of the same glacier."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from geoclass.simulation import delivery, simulated_scene

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "worldview_metadata" / "pgc_ortho"
NAME = "WV02_20160625170309_103001005EED0001_16JUN25170309-P1BS-000000000000_01_P001_u16ns3413.tif"
LEFT_OUT = {"CHILDCATALOGID", "JPEGPROFILENAME", "ROWUNCERTAINTY", "COLUNCERTAINTY", "PNIIRS"}
LEFT_OUT |= {"MEANPRODUCTROWGSD", "MEANPRODUCTCOLGSD", "MEANPRODUCTGSD"}


def test_the_sidecar_has_the_fields_of_a_real_one_and_the_sun_of_that_minute():
    if not FOLDER.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{FOLDER} is missing; CI has to have it")
        pytest.skip(f"{FOLDER} is missing: the real side-car is kept beside the checkout")
    scene = simulated_scene.plan(NAME, 640, 640, 3.0, [], 1)
    real = ElementTree.parse(next(FOLDER.glob("*.xml"))).getroot()
    ours = ElementTree.fromstring(delivery.xml(scene, "a"))
    tags, our_tags = ({element.tag for element in root.iter()} for root in (real, ours))
    assert tags - our_tags == LEFT_OUT and our_tags - tags == {"SYNTHETIC"}
    for field in ("MEANSUNAZ", "MEANSUNEL"):
        where = f"SOURCE_IMD/IMD/IMAGE/{field}"
        assert float(ours.findtext(where)) == pytest.approx(float(real.findtext(where)), abs=0.2)
