"""Run the commands under the name they had before: `python -m sync_server.cli …`."""

import sys

from sync_server.operations.cli import main

if __name__ == "__main__":
    sys.exit(main())
