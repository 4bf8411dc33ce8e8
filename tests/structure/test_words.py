"""One word for one thing."""

import re

from laws import ALL_SCRIPTS, MODULES, ROOT

SYNONYMS = re.compile(r"(?<![.\w])(patch|patches|chip|chips|subimage|snippet)\b", re.IGNORECASE)


def test_a_tile_is_called_a_tile():
    for path in [*MODULES, *ALL_SCRIPTS, *(ROOT / "workflow" / "rules").glob("*.smk")]:
        assert not SYNONYMS.search(path.read_text()), path.name
