"""The formats of exported models, one file for each."""
