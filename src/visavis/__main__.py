"""Let `python -m visavis` do what the command `visavis` does."""

from visavis.cli import main

main()
