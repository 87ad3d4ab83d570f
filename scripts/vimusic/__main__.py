"""What of the library runs by itself, outside a workflow.

    vimusic sonify    give a silent video a voice
    vimusic web       the same on a page in the browser of this machine
    vimusic init      make a folder of your own recordings the data of a run
    vimusic listen    show the listening study on this machine and keep every answer
    vimusic pack      make a trained model one file to hand on
    vimusic settings  print config.yaml: every setting at its default

Each explains its options with --help.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from vimusic.errors import UserError, run

# Modules whose ``main`` takes the words that follow; imported when asked for, as some bring torch.
COMMANDS = {
    "sonify": "vimusic.models.dubbing",
    "web": "vimusic.report.web.launch",
    "init": "vimusic.features.recordings",
    "listen": "vimusic.report.listening.server",
    "pack": "vimusic.models.pack",
    "settings": "vimusic.settings",
}


def command(argv: Sequence[str] | None = None) -> None:
    """Run the command that the first word names (of ``sys.argv`` if None).

    Raises
    ------
    UserError
        No word, or one that is no command; and what the command raises.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    name = words.pop(0) if words else ""
    if name in ("-h", "--help"):
        print(__doc__.strip())
    elif name in COMMANDS:
        sys.argv[0] = f"vimusic {name}"  # what its --help calls it
        import_module(COMMANDS[name]).main(words)
    else:
        told = f"no command {name}" if name else "no command"
        raise UserError(f"vimusic: {told}; there are {', '.join(COMMANDS)}")


def main() -> None:
    """``command`` in a terminal: a mistake is one line."""
    run(command)


if __name__ == "__main__":
    main()
