"""Links of the pages to files of the clone that are not pages of the site become the names of these files."""

import re


def on_page_markdown(markdown, page, config, files):
    """Return the text of a page with links that lead out of `docs/` written as file names."""
    if page.file.src_uri == "settings.md":
        return markdown
    return re.sub(r"\[`?([^\]`]+)`?\]\(\.\./(?!docs/)([^)]+)\)", _name, markdown)


def _name(link):
    """Return the text of a link and the file that it leads to; the settings are a page."""
    text, target = link.groups()
    if target == "config/README.md":
        return f"[{text}](settings.md)"
    return f"`{target}`" if text == target else f"{text} (`{target}`)"
