"""Run the commands of the server: `python -m sync_server …`."""

import sys

from sync_server.operations.cli import main

if __name__ == "__main__":
    sys.exit(main())
