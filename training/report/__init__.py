"""The report of a training run: pictures, tables and a page of Markdown. The folder imports no Keras and no backend."""
