"""Makes `python -m loadtest` the command."""

from __future__ import annotations

import sys

from loadtest.command import main
from loadtest.processes import end_with_its_servers

if __name__ == "__main__":
    end_with_its_servers()
    sys.exit(main(sys.argv[1:]))
