"""When a scene was taken, from names, side-cars and tags whose meaning is known."""

import time

import pytest

from geoclass.scenes import dates, sidecar

NAMES = {
    "WV02_20160625170309_1030010059AA3500_16JUN25170309-P1BS-500807681050_01_P004_u16ns3413": "2016-06-25T17:03:09Z",
    "GE01_20110812221512_1050410000F43500_11AUG12221512-P1BS-052": "2011-08-12T22:15:12Z",
    "17DEC08211758-P2AS-016445319010_01_P001": "2017-12-08T21:17:58Z",
    "17DEC08211758-M2AS_R1C1-016445319010_01_P001": "2017-12-08T21:17:58Z",
    "SETSM_s2s041_WV01_20200711_10200100A1865800_10200100A1865900_2m_lsf_seg1_ortho": "2020-07-11T00:00:00Z",
    "SETSM_WV02_20120611_1030010019B0F600_103001001A4D4E00_seg1_2m_v3.0_ortho": "2012-06-11T00:00:00Z",
    "S2A_MSIL1C_20170105T013442_N0204_R031_T53NMJ_20170108T013443": "2017-01-05T01:34:42Z",
    "S2B_MSIL2A_20190704T150811_N0500_R025_T22WEV_20230517T003000": "2019-07-04T15:08:11Z",
    "T22WEV_20190704T150811_B08": "2019-07-04T15:08:11Z",
    "T22WEV_20190704T150811_B08_10m": "2019-07-04T15:08:11Z",
    "L2A_T22WEV_20190704T150811_B08_10m": "2019-07-04T15:08:11Z",
    "L1C_T22WEV_A012058_20190704T150811": "2019-07-04T15:08:11Z",
    "S2A_OPER_PRD_MSIL1C_PDMC_20160808T202847_R142_V20160805T193902_20160805T193902": "2016-08-05T19:39:02Z",
    "S2A_OPER_MSI_L1C_TL_SGS__20160808T005550_A005849_T11TKM_B08": None,  # the time of processing alone
    "S1A_EW_GRDM_1SDH_20200101T071415_20200101T071515_030602_038176_1A2B": "2020-01-01T07:14:15Z",
    "S1A_IW_20160625T170309_DVP_RTC10_G_gpuned_ABCD_VV": "2016-06-25T17:03:09Z",
    "S3A_OL_1_EFR____20190704T150811_20190704T151111_20190705T000000_0179_046_239_1800": "2019-07-04T15:08:11Z",
    "LC08_L1TP_232015_20150101_20170318_01_T1_B8": "2015-01-01T00:00:00Z",
    "LE07_L1GT_005013_20020815_20200916_02_T2_B8": "2002-08-15T00:00:00Z",
    "LC09_L2SP_008012_20230630_20230702_02_T1_SR_B5": "2023-06-30T00:00:00Z",
    "LC80030172015001LGN00_B4": "2015-01-01T00:00:00Z",
    "LT50080111985174KIS00_B4": "1985-06-23T00:00:00Z",
    "AST_L1T_00305042006213000_20150512083042_71239_V": "2006-05-04T21:30:00Z",
    "MOD09GQ.A2020183.h16v01.061.2020185041540": "2020-07-01T00:00:00Z",
    "VNP09GA.A2012366.h16v01.001.2018001000000": "2012-12-31T00:00:00Z",
    "20190704_150811_103b_3B_AnalyticMS": "2019-07-04T15:08:11Z",
    "20190704_150811_12_1062_3B_AnalyticMS_8b": "2019-07-04T15:08:11Z",
    "20191015_073816_ssc1d3_0011_basic_l1a_panchromatic_dn": "2019-10-15T07:38:16Z",
    "4471991_2018-06-22_RE5_3A_Analytic": "2018-06-22T00:00:00Z",
    "2018-06-22T190201_RE2_1B-NAC": "2018-06-22T19:02:01Z",
    "IMG_PHR1B_P_201404241045305_ORT_1234567890-001_R1C1": "2014-04-24T10:45:30Z",
    "DIM_SPOT6_MS_201305130722340_ORT_712345101": "2013-05-13T07:22:34Z",
    "SPOT7_201705130722340_ortho": "2017-05-13T07:22:34Z",
    "ENMAP01-____L1B-DT0000001011_20220609T081225Z_001_V010111_20230119T143357Z": "2022-06-09T08:12:25Z",
    "LE71940242002189EDC00_B8": "2002-07-08T00:00:00Z",
    "LC08_CU_003010_20190704_20210504_02_SR_B5": "2019-07-04T00:00:00Z",
    "HLS.S30.T22WEV.2020183T150811.v2.0.B08": "2020-07-01T00:00:00Z",
    "HLS.L30.T22WEV.2020183T150811.v2.0.B05": "2020-07-01T00:00:00Z",
    "AST14DMO_00307042006150811_20060816120000_12345": "2006-07-04T15:08:11Z",
    "PHR1A_20200704150811": "2020-07-04T15:08:11Z",
    "T22WEV_20190704T150811": "2019-07-04T15:08:11Z",
    # the user's own names and other products: one day alone
    "20190704T150811_20190704T150809_T22WEV": "2019-07-04T00:00:00Z",  # exported from Earth Engine
    "CAPELLA_C02_SM_GEO_HH_20201209213329_20201209213333": "2020-12-09T00:00:00Z",
    "LC08_232015_20150101": "2015-01-01T00:00:00Z",
    "SENTINEL2A_20190704-150811-123_L2A_T22WEV_C_V2-2_FRE_B8": "2019-07-04T00:00:00Z",
    "DJI_20210812143015_0001_ortho": "2021-08-12T00:00:00Z",
    "S2_20200101_perito_moreno_pan10m": "2020-01-01T00:00:00Z",
    "ne-greenland.20220913.terra.250m": "2022-09-13T00:00:00Z",
    "scene_2016-06-25": "2016-06-25T00:00:00Z",
    "scene_2016_06_25_crop": "2016-06-25T00:00:00Z",
    # not dates, or not one
    "order_20201345_20190704": None,
    "mosaic_20160625_made_20210305": None,
    "500807681050": None,
    "glacier_2016": None,
    "tile_19991399": None,
    "m_3910505_nw_13_1_20190916_20191206": None,
    "ortho_12082021": None,
    "glacier_2021-224": None,
}


@pytest.mark.parametrize("stem", NAMES)
def test_names_tell_when_a_scene_was_taken_by_their_grammar(stem):
    found = dates.from_name(stem)
    assert (found and found[0]) == NAMES[stem]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2016-06-25", "2016-06-25T00:00:00Z"),
        ("2016-06-25T17:03:09.225375Z", "2016-06-25T17:03:09Z"),
        ("2016-06-25T19:03:09+02:00", "2016-06-25T17:03:09Z"),
        ("20160625170309", "2016-06-25T17:03:09Z"),
        ("2016:06:25 17:03:09", "2016-06-25T17:03:09Z"),
    ],
)
def test_dates_in_all_their_forms(text, expected):
    assert dates.iso(text) == expected


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("25.6.2016", r"'25\.6\.2016' is no date"),
        ("0001-01-01T00:00:00+02:00", r"is of the year 1, expected 1930 to 2100"),
        ("9999-12-31T23:59:59-02:00", r"is of the year 9999, expected 1930 to 2100"),
    ],
)
def test_what_is_no_date_is_refused(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        dates.iso(text)


def xml(image="", product="", root="isd", space="", head=""):
    image = f"<IMAGE><SATID>WV02</SATID>{image}</IMAGE>"
    product = f"<MAP_PROJECTED_PRODUCT>{product}</MAP_PROJECTED_PRODUCT>"
    generated = "<GENERATIONTIME>2021-01-01T00:00:00Z</GENERATIONTIME>"
    return f"{head}<{root}{space}><IMD>{generated}{image}{product}</IMD></{root}>"


def odl(image="", product="", blank=""):
    groups = f"BEGIN_GROUP = MAP_PROJECTED_PRODUCT\n\t{product}\nEND_GROUP = MAP_PROJECTED_PRODUCT\n"
    first = f'BEGIN_GROUP = IMAGE_1\n\tsatId = "WV02";\n\t{image}\nEND_GROUP = IMAGE_1\n'
    return f'version = "AA";\n{blank}\ngenerationTime = 2021-01-01T00:00:00Z;\n{first}{groups}END;\n'


EARLIEST = "<EARLIESTACQTIME>2017-12-08T21:17:58.6Z</EARLIESTACQTIME><LATESTACQTIME>2017-12-08T21:18:03.0Z</LATESTACQTIME>"
TAKEN = "2017-12-08T21:17:58Z"
SIDE_CARS = {
    "first line": ("a.xml", xml("<FIRSTLINETIME>2017-12-08T21:17:58.6Z</FIRSTLINETIME>")),
    "TLC time": ("a.xml", xml("<TLCTIME>2017-12-08T21:17:58.6Z</TLCTIME>")),
    "map-projected": ("a.xml", xml("", EARLIEST)),
    "namespace": ("a.xml", xml("", EARLIEST, space=' xmlns="http://xsd.vantor.com/isd"')),
    "prefix": ("a.xml", xml("", EARLIEST).replace("<", "<v:").replace("<v:/", "</v:").replace("<v:isd>", '<v:isd xmlns:v="urn:v">')),
    "byte order mark": ("a.xml", "\ufeff" + xml("", EARLIEST)),
    "text, first line": ("a.IMD", odl("firstLineTime = 2017-12-08T21:17:58.6Z;")),
    "text, map-projected": ("a.IMD", odl("", "earliestAcqTime = 2017-12-08T21:17:58.6Z;")),
    "text, blanks": ("a.IMD", odl("", "earliestAcqTime = 2017-12-08T21:17:58.6Z;", " " * 200_000 + "\n" * 200_000)),
}  # fmt: skip


@pytest.mark.parametrize("name, text", SIDE_CARS.values(), ids=SIDE_CARS)
def test_side_cars_of_all_kinds_tell_the_acquisition(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    start = time.monotonic()
    assert sidecar.read(tmp_path / name)["date"] == TAKEN
    assert time.monotonic() - start < 5  # quadratic reading of the blanks takes minutes
    tags = {"TIFFTAG_DATETIME": "2021:03:05 10:11:12"}
    assert sidecar.describe(tmp_path / "a.tif", tmp_path / name, tags, None)["date"] == TAKEN


def test_parts_of_a_strip_share_its_side_car(tmp_path):
    (tmp_path / "17DEC08211758-P2AS-016445319010_01_P001.XML").write_text(xml("", EARLIEST))
    scene = tmp_path / "17DEC08211758-P2AS_R1C2-016445319010_01_P001.TIF"
    assert sidecar.find(scene) == tmp_path / "17DEC08211758-P2AS-016445319010_01_P001.XML"


def test_side_cars_that_gdal_reads_count(tmp_path):
    imagery = {"ACQUISITIONDATETIME": "2014-04-24 10:45:30"}
    assert sidecar.describe("a.tif", None, {}, None, imagery)["date"] == "2014-04-24T10:45:30Z"


BAD = {
    "unknown encoding": (xml(head='<?xml version="1.0" encoding="klingon"?>'), "not readable as XML"),
    "year 1": (xml("<FIRSTLINETIME>0001-01-01T00:00:00Z</FIRSTLINETIME>"), "of the year 1, expected 1930 to 2100 in the side-car"),
    "year 9999": (xml("<FIRSTLINETIME>9999-12-31T23:59:59Z</FIRSTLINETIME>"), "of the year 9999"),
    "mosaic of a month": (xml("", EARLIEST.replace("2017-12-08T21:18", "2018-01-03T21:18")), "images from 2017-12-08 to 2018-01-03, which"),
    "sun too high": (xml("<MEANSUNEL>95</MEANSUNEL>"), "sun_elevation_deg of 95, which is not between -90 and 90"),
    "sun at NaN": (xml("<MEANSUNAZ>nan</MEANSUNAZ>"), "sun_azimuth_deg of nan"),
    "sun at -999": (xml("<MEANSUNAZ>-999</MEANSUNAZ>"), "sun_azimuth_deg of -999"),
    "pixels of infinity": (xml("<MEANCOLLECTEDGSD>inf</MEANCOLLECTEDGSD>"), "gsd_m of inf"),
    "other root": ("<Dimap_Document/>", "root <Dimap_Document> of another sensor"),
}  # fmt: skip


@pytest.mark.parametrize("text, sentence", BAD.values(), ids=BAD)
def test_bad_side_cars_are_one_sentence(tmp_path, text, sentence):
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(ValueError) as error:
        sidecar.read(tmp_path / "a.xml")
    assert str(error.value).startswith(f"{tmp_path}/a.xml: ") and sentence in str(error.value) and "\n" not in str(error.value)


S2 = "S2A_MSIL1C_20170105T013442_N0204_R031_T53NMJ_20170108T013443.tif"


def test_two_sources_that_differ_are_refused_until_the_table_settles_it(caplog):
    with pytest.raises(
        ValueError, match=r"in the name, as Sentinel-2 writes it, but 2017-01-08 in the tag ACQ.*, expected one date"
    ):
        dates.choose(S2, None, None, {"ACQUISITION_DATE": "2017-01-08"}, {})
    with pytest.raises(ValueError, match="2016-12-31 in the side-car, but 2017-01-05 in the name"):
        dates.choose(S2, None, "2016-12-31", {}, {})
    assert dates.choose(S2, "2017-01-08", None, {}, {}) == "2017-01-08T00:00:00Z"
    assert (
        "2017-01-08 in the table of scenes, but 2017-01-05 in the name, as Sentinel-2 writes it; the table counts" in caplog.text
    )
    assert dates.choose(S2, None, None, {"ACQUISITION_DATE": "2017-01-05T23:00:00-02:00"}, {}) == "2017-01-05T01:34:42Z"
