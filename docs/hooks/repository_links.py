"""Links to files of the repository that are pages of the site under another name: they work on both sides."""

PAGES = {"../training/README.md": "training.md", "../README.md": "index.md"}


def on_page_markdown(markdown, **kwargs):
    """Called by mkdocs for each page."""
    for file, page in PAGES.items():
        markdown = markdown.replace(f"]({file}", f"]({page}")
    return markdown
