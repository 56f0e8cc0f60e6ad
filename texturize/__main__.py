"""`python -m texturize` is the command `texturize`."""

from texturize.cli import main

main()
