"""What pages show in the repository and in the site alike, although files have other names and places there."""

import re

PAGES = {"../training/README.md": "training.md", "../README.md": "index.md"}
# In the repository a reader sees the text between the comments, a link; in the site what the link is for.
INCLUDE = re.compile(r"<!-- include: (\S+) -->\n.*?\n<!-- end -->", flags=re.DOTALL)


def on_page_markdown(markdown, **kwargs):
    """Called by mkdocs for each page."""
    markdown = INCLUDE.sub(r'--8<-- "\1"', markdown)
    for file, page in PAGES.items():
        markdown = markdown.replace(f"]({file}", f"]({page}")
    return markdown
