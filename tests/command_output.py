"""What a command prints as JSON."""

import json

from keras_mobilevitv3.cli import main


def run_json(capsys, *argv):
    """Runs a command with `--json`, and returns what it prints."""
    assert main([str(argument) for argument in (*argv, "--json")]) == 0
    return json.loads(capsys.readouterr().out)
