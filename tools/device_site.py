"""Write the device page with the bundled model into a folder, for any static host.

python tools/device_site.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from visavis.server.device_page import write_site


def main(folder: str) -> None:
    print(f"{write_site(Path(folder)) / 1e6:,.1f} MB: {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
