"""Names of images that tables and maps can hold."""

import os
import re

REASON = "a name that is no text of one line in UTF-8, expected one; rename the file"


def shown(name: str) -> str:
    """Return a name as text of one line in UTF-8, in which whatever else it holds is written as its code; others stay as they are.

    Names are bytes to a file system: those of an archive of another system may be in another encoding.
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\x{ord(found[0]):02x}", text)
