"""Make a release of the version in CITATION.cff: dated changelog, tag, and an archive with its checksum in dist/.

Run from the clone's top folder by `make release`; nothing is pushed.
"""

import datetime
import hashlib
import re
import subprocess
import sys
from pathlib import Path

CITATION, CHANGELOG, DIST = Path("CITATION.cff"), Path("CHANGELOG.md"), Path("dist")


def git(*arguments: str) -> str:
    """Run git and return what it prints."""
    run = subprocess.run(["git", *arguments], text=True, capture_output=True)
    if run.returncode:
        raise ValueError(f"git {' '.join(arguments)}: {run.stderr.strip()}")
    return run.stdout.strip()


def dated(version: str, today: str) -> str:
    """Give the unreleased changes their version and date, in changelog and citation; return these changes.

    Raises
    ------
    ValueError
        No unreleased changes.
    """
    text = CHANGELOG.read_text(encoding="utf-8")
    found = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    notes = found[1].strip() if found else ""
    if not notes:
        raise ValueError(f"{CHANGELOG}: nothing under '## Unreleased', expected what is new in {version}; write it down")
    head = f"## Unreleased\n\n## {version} ({today})\n"
    CHANGELOG.write_text(text[: found.start()] + head + text[found.start() + len("## Unreleased\n") :], encoding="utf-8")
    citation = re.sub(r"^date-released:.*\n", "", CITATION.read_text(encoding="utf-8"), flags=re.MULTILINE)
    citation = re.sub(r"^(version:.*\n)", rf"\1date-released: {today}\n", citation, count=1, flags=re.MULTILINE)
    CITATION.write_text(citation, encoding="utf-8")
    return notes


def release() -> str:
    """Make the release and return its name.

    Raises
    ------
    ValueError
        Changes that are not committed, a version that is released already or is none, no unreleased changes.
    """
    found = re.search(r"^version: *(\d+\.\d+\.\d+)$", CITATION.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise ValueError(f"{CITATION}: no version such as 1.2.3, expected one; write it there")
    version = found[1]
    if git("status", "--porcelain"):
        raise ValueError("the clone has changes, expected none; commit or remove them")
    if git("tag", "--list", f"v{version}"):
        raise ValueError(f"{CITATION}: version {version} has been released, expected the next one; raise it")
    name, today = f"geoclass-workflow-{version}", datetime.datetime.now(datetime.UTC).date().isoformat()
    notes = dated(version, today)
    git("commit", "--quiet", "--message", f"Release {version}", "--", str(CHANGELOG), str(CITATION))
    git("tag", "--annotate", f"v{version}", "--message", f"Release {version}")
    DIST.mkdir(exist_ok=True)
    archive = DIST / f"{name}.tar.gz"
    git("archive", "--format=tar.gz", f"--prefix={name}/", f"--output={archive}", f"v{version}")
    (DIST / f"{name}.md").write_text(notes + "\n", encoding="utf-8")
    digests = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in (archive, DIST / f"{name}.md")]
    (DIST / "SHA256SUMS").write_text("".join(digests), encoding="utf-8")
    return name


if __name__ == "__main__":
    try:
        print(f"dist/{release()}.tar.gz; now push the commit and its tag, and give dist/ to the release")
    except (ValueError, OSError) as error:
        sys.exit(f"release: {error}")
