"""Run the commands of the server: `python -m sync_server …`."""

import os
import sys

from sync_server.operations.cli import main

if __name__ == "__main__":
    os.umask(0o077)  # what a library writes of its own accord is its owner's alone too
    sys.exit(main())
