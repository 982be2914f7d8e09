"""Adapts the pages of the repository to the site, where files have other names and places."""

import re

PAGES = {"../training/README.md": "training.md", "../README.md": "index.md"}
# The repository shows the text between the comments, a link. The site shows the included file instead.
INCLUDE = re.compile(r"<!-- include: (\S+) -->\n.*?\n<!-- end -->", flags=re.DOTALL)


def on_page_markdown(markdown, **kwargs):
    """Replaces includes and links. mkdocs calls this function for each page."""
    markdown = INCLUDE.sub(r'--8<-- "\1"', markdown)
    for file, page in PAGES.items():
        markdown = markdown.replace(f"]({file}", f"]({page}")
    return markdown
