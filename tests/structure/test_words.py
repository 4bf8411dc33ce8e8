"""One word for one thing."""

import re

from laws import LIBRARY, ROOT, SCRIPTS

SYNONYMS = re.compile(r"\b(patch|patches|chip|chips|subimage|snippet)\b", re.IGNORECASE)


def test_a_tile_is_called_a_tile():
    for path in [*LIBRARY.glob("*.py"), *SCRIPTS.glob("*.py"), *(ROOT / "workflow" / "rules").glob("*.smk")]:
        own_words = path.read_text().replace("matplotlib.patches", "")
        assert not SYNONYMS.search(own_words), path.name
