"""The report of a training run: pictures, tables and a page of Markdown. Nothing here imports Keras or a backend."""
