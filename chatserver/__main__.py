"""`python -m chatserver COMMAND`: what `./chat` continues with inside the environment."""

import sys

from chatserver.cli import main

sys.exit(main(sys.argv[1:]))
