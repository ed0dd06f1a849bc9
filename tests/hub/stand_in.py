"""A fake hub: repositories in a folder, served like the real one, failures included."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse

REVISION = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves `root/owner/name/…`; files ending in .onnx or .safetensors count as large ones.

    What it does wrong is up to the test: `corrupt` names files sent with a byte changed,
    `cut` says after how many bytes a file breaks off (as often as it is asked for from its
    beginning), `tokens` are those that may read, `status` is answered to everything.
    """

    daemon_threads = True

    def __init__(self, root):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.corrupt, self.cut, self.tokens, self.status = set(), {}, None, None
        self.asked = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(root):
    hub = Hub(root)
    threading.Thread(target=hub.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = urlparse(self.path).path
        self.server.asked.append((self.command, path, self.headers.get("Range")))
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self.server.status:
            self._answer(self.server.status, b"{}")
        elif self.server.tokens is not None and token not in self.server.tokens:
            self._answer(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/.+)?", path):
            self._about(match[1])
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            self._file(match[1], match[2])
        elif path.startswith("/files/"):
            self._send(path.removeprefix("/"), self.server.root / path.removeprefix("/"))
        else:
            self._answer(404, b"{}")

    def _about(self, name):
        folder = self.server.root / name
        if not folder.is_dir():
            self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        siblings = [_sibling(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()]
        card = {"license": "apache-2.0", "language": ["en", "fr"]}
        about = {"id": name, "sha": REVISION, "siblings": siblings, "cardData": card}
        self._answer(200, json.dumps(about).encode(), {"Content-Type": "application/json"})

    def _file(self, name, file):
        self._send(file, self.server.root / name / file)

    def _send(self, file, path):
        if not path.is_file():
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        data = path.read_bytes()
        headers = {
            "ETag": f'"{_digest(path)}"',
            "X-Repo-Commit": REVISION,
            "Accept-Ranges": "bytes",
        }
        if file in self.server.corrupt:
            data = bytes([data[0] ^ 1]) + data[1:]
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._answer(206 if start else 200, data[start:], headers, self.server.cut.get(file))

    def _answer(self, status, data, headers=None, cut=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if cut is not None and status == 200:
            self.wfile.write(data[:cut])
            self.close_connection = True
        else:
            self.wfile.write(data)


def _sibling(folder, path):
    name, size = path.relative_to(folder).as_posix(), path.stat().st_size
    sibling = {"rfilename": name, "size": size, "blobId": _git_digest(path)}
    if _is_large(path):
        sibling["lfs"] = {"sha256": _digest(path), "size": size, "pointerSize": 134}
    return sibling


def _is_large(path):
    return path.suffix in {".onnx", ".safetensors"}


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if _is_large(path) else _git_digest(path)


def _git_digest(path):
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
