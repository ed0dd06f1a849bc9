"""Search over HTTP: an API for programs, and a page for people."""

from visavis.server.app import create_app
from visavis.server.keys import KeyRing
from visavis.server.settings import Settings

__all__ = ["KeyRing", "Settings", "create_app"]
