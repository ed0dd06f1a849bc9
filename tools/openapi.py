"""Write the server's OpenAPI document, from which the page's types are made.

python tools/openapi.py build/openapi.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from visavis.server.app import openapi_document


def main() -> None:
    """Write the document to the file that the command names."""
    document = openapi_document()
    document["info"]["version"] = ""  # a new version with the same API changes no type
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                response["description"] = status  # versions of Python word some otherwise
    Path(sys.argv[1]).write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
