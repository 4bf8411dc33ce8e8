"""Side-cars, file names and dates."""

import os
import time

import pytest

from geoclass.scenes import sidecar

NAME = "WV02_20160625170309_1030010059AA3500_16JUN25170309-P1BS-500807681050_01_P004_u16ns3413"
IMAGE = "<IMAGE><SATID>WV03</SATID><CATID>104001001EB0A500</CATID><FIRSTLINETIME>2017-07-01T15:31:14.9Z</FIRSTLINETIME></IMAGE>"
MAXAR = f"<isd><IMD><BITSPERPIXEL>16</BITSPERPIXEL>{IMAGE}</IMD></isd>"
ODL = """version = "24.06";
bitsPerPixel = 16;
BEGIN_GROUP = IMAGE_1
	satId = "QB02";
	firstLineTime = 2010-04-01T12:00:00.5Z;
	sunAz = 171.5;
	TLCList = (
	(0, 0.0),
	(1, 2.0) );
END_GROUP = IMAGE_1
END;
"""


def written(tmp_path, text, name="a.xml"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_the_vendors_xml(tmp_path):
    facts = sidecar.read(written(tmp_path, MAXAR))
    assert facts["sensor"] == "WV03" and facts["date"] == "2017-07-01T15:31:14Z" and facts["bit_depth"] == 16
    assert facts["catalog_id"] == "104001001EB0A500" and facts["synthetic"] is False
    assert facts["gsd_m"] is None and facts["stretch"] is None


def test_pgcs_xml_of_a_simulated_scene(tmp_path):
    ortho = "<SYNTHETIC>simulated</SYNTHETIC><PGC_IMD><BITDEPTH>UInt16</BITDEPTH><STRETCH>ns</STRETCH></PGC_IMD>"
    facts = sidecar.read(written(tmp_path, f"<IMD>{ortho}<SOURCE_IMD><IMD>{IMAGE}</IMD></SOURCE_IMD></IMD>"))
    assert facts["synthetic"] is True and facts["stretch"] == "ns" and facts["bit_depth"] == 16 and facts["sensor"] == "WV03"


def test_the_text_form(tmp_path):
    facts = sidecar.read(written(tmp_path, ODL, "a.IMD"))
    assert facts["sensor"] == "QB02" and facts["date"] == "2010-04-01T12:00:00Z"
    assert facts["sun_azimuth_deg"] == 171.5 and facts["bit_depth"] == 16


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("<Dimap_Document/>", "a.xml: root <Dimap_Document> of another sensor or kind, expected a side-car, <IMD> of the Polar"),
        ("<IMD><VERSION/></IMD>", "a.xml: root <IMD> of another sensor"),
        ("<isd><IMD>", "a.xml: not readable as XML"),
        ("LINE_OFF: 5124 pixels\n", "a.xml: neither XML nor a text with the group IMAGE_1, expected a side-car"),
        (MAXAR.replace("2017-07-01T15:31:14.9Z", "soon"), "a.xml: 'soon' is no date in the side-car"),
        (
            MAXAR.replace("2017-07-01T15:31:14.9Z", "0001-01-01T00:00:00+05:00"),
            "a.xml: '0001-01-01T00:00:00+05:00' is of the year 1",
        ),
        (
            MAXAR.replace("2017-07-01T15:31:14.9Z", "9999-12-31T23:59:59-05:00"),
            "a.xml: '9999-12-31T23:59:59-05:00' is of the year 9999",
        ),
        (MAXAR.replace("2017-07-01T15:31:14.9Z", "0201-07-01"), "a.xml: '0201-07-01' is of the year 201"),
        ('<?xml version="1.0" encoding="latin-99"?>' + MAXAR, "a.xml: not readable as XML (unknown encoding"),
        ('<?xml version="1.0" encoding="utf-16"?>' + MAXAR, "a.xml: not readable as XML ("),
        (MAXAR.replace("</IMAGE>", "<MEANSUNEL>NaN</MEANSUNEL></IMAGE>"), "a.xml: sun_elevation_deg of nan, which"),
        (MAXAR.replace("</IMAGE>", "<MEANSUNAZ>inf</MEANSUNAZ></IMAGE>"), "a.xml: sun_azimuth_deg of inf, which"),
        (MAXAR.replace("</IMAGE>", "<MEANSUNAZ>south</MEANSUNAZ></IMAGE>"), "a.xml: could not convert string to float: 'south'"),
    ],
)
def test_what_is_no_side_car_is_refused(tmp_path, text, sentence):
    with pytest.raises(ValueError) as error:
        sidecar.read(written(tmp_path, text))
    assert sentence in str(error.value)


def test_a_side_car_is_found_by_the_scenes_stem(tmp_path):
    assert sidecar.find(tmp_path / "a.b.tif") is None
    path = written(tmp_path, ODL, "a.b.IMD")
    assert sidecar.find(tmp_path / "a.b.tif") == path
    path = written(tmp_path, MAXAR, "a.b.xml")
    assert sidecar.find(tmp_path / "a.b.tif") == path


def test_names_in_pgcs_grammar():
    assert sidecar.from_name(NAME) == {
        "sensor": "WV02",
        "date": "20160625170309",
        "catalog_id": "1030010059AA3500",
        "bit_depth": 16,
        "stretch": "ns",
    }
    assert "stretch" not in sidecar.from_name(NAME.removesuffix("_u16ns3413"))
    assert sidecar.from_name("S2_20200101_perito_moreno_pan10m") == {}


UNKNOWN = ["0000:00:00 00:00:00", "    :  :     :  :  ", ""]  # as programs write that they know no date


@pytest.mark.parametrize("tag", [*UNKNOWN, "Sat Jun 25 17:03:09 2016"])
def test_a_better_source_of_the_date_makes_a_wrong_tag_harmless(tag):
    tags = {"ACQUISITION_DATE": tag, "TIFFTAG_DATETIME": tag}
    assert sidecar.describe("a.tif", None, tags, "2011-02-03")["date"] == "2011-02-03T00:00:00Z"
    assert sidecar.describe(f"{NAME}.tif", None, tags, "")["date"] == "2016-06-25T17:03:09Z"


@pytest.mark.parametrize("tag", UNKNOWN)
def test_a_tag_without_a_date_is_none_and_the_time_of_saving_is_no_date(tag):
    tags = {"ACQUISITION_DATE": tag, "TIFFTAG_DATETIME": "2020:01:01 10:11:12"}
    sentence = (
        r"a\.tif: no date in side-car, name or tags; the tag TIFFTAG_DATETIME is the time when the file was saved; give it in"
    )
    with pytest.raises(ValueError, match=sentence):
        sidecar.describe("a.tif", None, tags, "")


@pytest.mark.parametrize(
    "scene, tags, given, found",
    [
        ("a.tif", {"ACQUISITION_DATE": "2020-01-01"}, "25.6.2016", r"'25\.6\.2016' is no date \(from the table of scenes\)"),
        ("a.tif", {"ACQUISITION_DATE": "soon"}, "", r"'soon' is no date \(from the tag ACQUISITION_DATE\)"),
    ],
)
def test_a_date_that_is_none_is_refused_with_its_source(scene, tags, given, found):
    with pytest.raises(ValueError, match=rf"tif: {found}, expected one like 2016-06-25; write it into the column date"):
        sidecar.describe(scene, None, tags, given)


@pytest.mark.parametrize("text", ["\n" * 300_000, " = " * 300_000, "a" * 900_000, "(\t\n" * 200_000, '"' * 900_000])
def test_unusual_text_is_read_in_no_time(tmp_path, text):
    start = time.process_time()
    with pytest.raises(ValueError, match="neither XML nor a text with the group IMAGE_1"):
        sidecar.read(written(tmp_path, "satId = x;\n" + text + "\nEND_GROUP = IMAGE_2\n", "a.IMD"))
    assert time.process_time() - start < 60  # a search that is quadratic in the length takes hours


def test_a_file_of_absurd_size_is_no_side_car(tmp_path):
    path = written(tmp_path, "x", "a.IMD")
    os.truncate(path, sidecar.LARGEST + 1)
    with pytest.raises(ValueError, match="larger than 20,000,000 bytes, expected a side-car"):
        sidecar.read(path)


@pytest.mark.parametrize(
    "image",
    [
        IMAGE.replace("104001001EB0A500", "1030010059AA3500").replace("WV03", "WV02"),  # another day
        IMAGE.replace("104001001EB0A500", "1030010059AA3500").replace("2017-07-01T15:31:14.9Z", "2016-06-25T17:03:09Z"),  # sensor
        IMAGE.replace("WV03", "WV02").replace("2017-07-01T15:31:14.9Z", "2016-06-25T17:03:09Z"),  # exposure
    ],
)
def test_a_side_car_that_disagrees_with_the_name_is_refused(tmp_path, image):
    path = written(tmp_path, MAXAR.replace(IMAGE, image))
    sentences = (
        r"2017-07-01 in the side-car, but 2016-06-25 in the name|a\.xml: side-car of WV03, expected WV02 as in the scene's name"
        r"|a\.xml: side-car of exposure 104001001EB0A500, expected 1030010059AA3500 as in the scene's name"
    )
    with pytest.raises(ValueError, match=sentences):
        sidecar.describe(tmp_path / f"{NAME}.tif", path, {}, None)
