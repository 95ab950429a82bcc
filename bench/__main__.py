"""`python -m bench …`: what `./chat bench` continues with inside the environment."""

import sys

from bench.command import main

sys.exit(main(sys.argv[1:]))
