"""When a scene was taken: only from sources whose meaning is known, never from the time of processing or saving."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from geoclass.core import log

YEARS = (1930, 2100)  # of images of the ground
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
SAME = timedelta(days=1)  # what two sources may differ by: zones, and the day at its border


def _digits(match: re.Match) -> str:
    """Return year to day, and the time of day where the name has one, as ISO 8601."""
    parts = match.groupdict()
    time = (parts.get("time") or "").ljust(6, "0")[:6]
    date = f"{parts['year']}-{parts['month']}-{parts['day']}"
    return f"{date}T{time[:2]}:{time[2:4]}:{time[4:]}" if parts.get("time") else date


def _vendor(match: re.Match) -> str:
    """Return the date of a name with the month in letters and a year of two digits."""
    parts = match.groupdict()
    month = f"{MONTHS.index(parts['month'].upper()) + 1:02d}"
    return f"20{parts['year']}-{month}-{parts['day']}T{parts['time'][:2]}:{parts['time'][2:4]}:{parts['time'][4:]}"


def _day_of_year(match: re.Match) -> str:
    """Return the date of a name with the day of the year."""
    return datetime.strptime(match["year"] + match["days"], "%Y%j").strftime("%Y-%m-%d")


DAY = r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
DASHED = r"(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)"
TIME = r"(?P<time>\d{6})"
# Products by the beginning of their names, and where the acquisition stands in them. The first that fits decides; where a name begins
# as a product's, and its grammar has no acquisition, there is none: what looks like a date in it is another time.
GRAMMARS: tuple[tuple[str, str, str, Callable[[re.Match], str]], ...] = (
    ("the Polar Geospatial Center", r"[A-Z]{2}\d\d_\d{14}_", rf"[A-Z]{{2}}\d\d_{DAY}{TIME}_", _digits),
    (
        "Maxar",
        r"\d\d[A-Z]{3}\d{8}-",
        rf"(?P<year>\d\d)(?P<month>{'|'.join(MONTHS)})(?P<day>\d\d){TIME}-[A-Z]\w{{3}}[-_]",
        _vendor,
    ),
    ("ArcticDEM and REMA", r"SETSM_", rf"SETSM_(?:s2s\d+_)?\w{{4}}_{DAY}_", _digits),
    ("Sentinel-2", r"S2[A-D]_MSIL", rf"S2[A-D]_MSIL\w\w_{DAY}T{TIME}_", _digits),
    ("Sentinel-2", r"S2[A-D]_OPER_", rf"S2[A-D]_OPER_.*_V{DAY}T{TIME}", _digits),  # others hold the time of processing alone
    ("Sentinel-2", r"(?:L1C|L2A)_T\w{5}_A\d{6}_", rf"(?:L1C|L2A)_T\w{{5}}_A\d{{6}}_{DAY}T{TIME}", _digits),
    ("Sentinel-2", r"(?:L2A_)?T\d\d[A-Z]{3}_", rf"(?:L2A_)?T\d\d[A-Z]{{3}}_{DAY}T{TIME}(?:_|$)", _digits),
    ("Sentinel-1", r"S1[A-D]_", rf"S1[A-D]_\w\w_(?:\w{{4}}_\w{{4}}_)?{DAY}T{TIME}_", _digits),  # without level: HyP3's
    ("Sentinel-3", r"S3[A-D]_", rf"S3[A-D]_\w\w_\w_\w{{6}}_{DAY}T{TIME}_", _digits),
    ("Landsat", r"L[COTEM]\d\d_L", rf"L[COTEM]\d\d_L\w{{3}}_\d{{6}}_{DAY}_", _digits),
    ("Landsat", r"L[COTEM]\d\d_(?:CU|AK|HI)_", rf"L[COTEM]\d\d_\w\w_\d{{6}}_{DAY}_", _digits),
    (
        "Harmonized Landsat and Sentinel-2",
        r"HLS\.",
        r"HLS\.[LS]30\.T\w{5}\.(?P<year>(?:19|20)\d\d)(?P<days>\d{3})T",
        _day_of_year,
    ),
    ("Landsat", r"L[COTEM]\d{14}[A-Z]{3}", r"L[COTEM]\d{7}(?P<year>(?:19|20)\d\d)(?P<days>\d{3})[A-Z]{3}\d\d", _day_of_year),
    (
        "ASTER",
        r"AST(?:_\w{2,4}|14\w{3})_",
        rf"AST\w{{3,5}}_\d{{3}}(?P<month>\d\d)(?P<day>\d\d)(?P<year>(?:19|20)\d\d){TIME}_",
        _digits,
    ),
    ("MODIS or VIIRS", r"(?:MOD|MYD|MCD|VNP|VJ\d)\w+\.", r"\w+\.A(?P<year>(?:19|20)\d\d)(?P<days>\d{3})\.", _day_of_year),
    ("Planet", r"\d{8}_\d{6}_(?:\d\d_)?(?:\w{4}|ssc?\d+d\d+)_", rf"{DAY}_{TIME}_", _digits),
    ("RapidEye", r"(?:\d{7}_)?\d{4}-\d\d-\d\d(?:T\d{6})?_RE\d_", rf"(?:\d{{7}}_)?{DASHED}(?:T{TIME})?_RE", _digits),
    ("Airbus", r"(?:IMG|DIM|DIMAP|RPC|PREVIEW)_", rf"(?:IMG|DIM)_\w+?_{DAY}{TIME}\d?_", _digits),
    ("Airbus", r"(?:PHR1[AB]|SPOT[67]|PNEO\d)_", rf"\w+?_{DAY}{TIME}\d?(?:_|$)", _digits),
    ("EnMAP", r"ENMAP", rf"ENMAP\S*?_{DAY}T{TIME}Z_", _digits),
)
LONE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_]?)(\d\d)\2(\d\d)(?:T?\d{6}Z?)?(?!\d)")
LIKE = re.compile(r"(?<!\d)(?:\d{8}(?:T?\d{6}Z?)?|\d{4}[-_]\d\d[-_]\d\d)(?!\d)")


def from_name(stem: str) -> tuple[str, str] | None:
    """Return the acquisition that a file's name tells, ISO 8601, and whose grammar it follows.

    A name that is no product's tells a date where it holds one alone, as ``glacier_2016-06-25``, or begin and end on one day; of
    two days none counts, since one may be that of processing.

    Returns
    -------
    tuple or None
        Date or time, and whose name it is; None where the name tells nothing.
    """
    for whose, begins, grammar, form in GRAMMARS:
        if re.match(begins, stem, re.IGNORECASE):
            match = re.match(grammar, stem, re.IGNORECASE)
            try:
                return (iso(form(match)), f"the name, as {whose} writes it") if match else None
            except ValueError:
                return None
    found = [LONE.fullmatch(text) for text in LIKE.findall(stem)]
    days = {match and "-".join(match.group(1, 3, 4)) for match in found}
    day = days.pop() if len(days) == 1 else None
    try:
        return (iso(day), "the only date in the name") if day else None
    except ValueError:
        return None


def iso(text: str) -> str:
    """Return a date or time as ISO 8601 in UTC to the second; what has no time of day gets midnight, what has no zone is UTC.

    Read are ISO 8601 in all its forms, ``20160625170309`` and the ``2016:06:25 17:03:09`` of TIFF tags.

    Raises
    ------
    ValueError
        The text is no date, or one of a year without images.
    """
    plain = re.sub(r"^(\d{4}):(\d\d):(\d\d)", r"\1-\2-\3", text.strip())
    plain = re.sub(r"^(\d{8})(\d{6})$", r"\1T\2", plain)
    try:
        time = datetime.fromisoformat(plain)
    except ValueError:
        raise ValueError(f"{text!r} is no date") from None
    if not YEARS[0] <= time.year <= YEARS[1]:
        raise ValueError(f"{text!r} is of the year {time.year}, expected {YEARS[0]} to {YEARS[1]}")
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def one(times: list[str]) -> str | None:
    """Return the acquisition of a product from the times of its images, the first one; None where there is none.

    Raises
    ------
    ValueError
        Images of several days: such a mosaic has no date.
    """
    found = [iso(text) for text in times]
    if found and _apart(min(found), max(found)):
        raise ValueError(f"images from {min(found)[:10]} to {max(found)[:10]}, which have no one date,")
    return found[0] if found else None


def choose(scene: str | Path, given: str | None, side_car: str | None, tags: dict[str, str], imagery: dict[str, str]) -> str:
    """Return the date of a scene, ISO 8601 in UTC.

    Parameters
    ----------
    scene
        File of the scene; only its name is read.
    given
        Date in the table of scenes; it settles what the other sources say, and the log says where they differ.
    side_car
        Date in the side-car, ISO 8601.
    tags
        Tags of the file; of them `ACQUISITION_DATE` counts. `TIFFTAG_DATETIME` never does: programs set it when they save a file.
    imagery
        What GDAL reads in side-cars of other sensors (its metadata domain IMAGERY).

    Raises
    ------
    ValueError
        No date, one that is none, or two that differ by more than a day.
    """
    named = from_name(Path(scene).stem)
    sources = {
        "the table of scenes": given,
        "the side-car": side_car,
        "the side-car that GDAL reads": imagery.get("ACQUISITIONDATETIME"),
        named[1] if named else "the name": named and named[0],
        "the tag ACQUISITION_DATE": tags.get("ACQUISITION_DATE"),
    }
    found = {}
    for source, text in sources.items():
        if text and text.strip(" 0:-"):  # zeros and blanks say that no date is known
            try:
                found[source] = iso(text)
            except ValueError as error:
                if not found:
                    raise ValueError(
                        f"{scene}: {error} (from {source}), expected one like 2016-06-25; write it into the column date of the "
                        "table of scenes"
                    ) from None
    if not found:
        saved = "; the tag TIFFTAG_DATETIME is the time when the file was saved" if "TIFFTAG_DATETIME" in tags else ""
        raise ValueError(f"{scene}: no date in side-car, name or tags{saved}; give it in the column date of the table of scenes")
    first, date = next(iter(found.items()))
    for source, other in found.items():
        if _apart(date, other):
            sentence = f"{scene}: {date[:10]} in {first}, but {other[:10]} in {source}"
            if not given:
                raise ValueError(
                    f"{sentence}, expected one date; write the right one into the column date of the table of scenes"
                )
            log.logger.warning("%s; the table counts", sentence)
    log.logger.info("%s: date %s from %s", Path(scene).name, date, first)
    return date


def _apart(one_date: str, other: str) -> bool:
    """Return whether two dates, ISO 8601 in UTC, differ by more than a day."""
    return abs(datetime.fromisoformat(one_date) - datetime.fromisoformat(other)) > SAME
