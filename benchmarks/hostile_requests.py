"""Requests that are wrong, broken or malicious, and some that are valid."""

from __future__ import annotations

import json
import random
import struct
import zlib
from base64 import b64encode
from functools import cache
from io import BytesIO

from PIL import Image

JSON = "application/json"


def send_sense(numbers: random.Random) -> bytes:
    words = " ".join(numbers.choices(("dog", "snow", "man", "red", "sea", "boat"), k=4))
    return post(json.dumps({"terms": [{"text": words}], "k": numbers.randint(1, 200)}))


def send_image(numbers: random.Random) -> bytes:
    return form(query(upload="f"), f=image(numbers, numbers.randint(1, 600)))


def send_damaged_image(numbers: random.Random) -> bytes:
    data = bytearray(image(numbers, 200))
    for _ in range(numbers.randint(1, 40)):
        data[numbers.randrange(len(data))] = numbers.randrange(256)
    return form(query(upload="f"), f=bytes(data[: numbers.randint(1, len(data))]))


def send_bomb(numbers: random.Random) -> bytes:
    side = numbers.choice((6_300, 9_000, 14_100))
    return form(query(upload="f"), f=bomb(side, side))


def send_bomb_in_base64(_: random.Random) -> bytes:
    return post(query(image_base64=b64encode(bomb(6_000, 6_000)).decode()))


def send_noise_as_image(numbers: random.Random) -> bytes:
    start = numbers.choice((b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"BM", b"RIFF", b""))
    return form(query(upload="f"), f=start + numbers.randbytes(3000))


def send_oversized(numbers: random.Random) -> bytes:
    return post("x" * 29_000_000, kind=numbers.choice((JSON, "multipart/form-data; boundary=b")))


def send_large_file(_: random.Random) -> bytes:
    return form(query(upload="f"), f=b"\xff\xd8\xff" + bytes(21_000_000))


def send_false_length(numbers: random.Random) -> bytes:
    length = numbers.choice(("99999999999999999999", "-1", "0x10", "1e3", "", "3, 4"))
    return head("POST", "/api/v1/search", f"Content-Type: {JSON}", f"Content-Length: {length}")


def send_cut_off(numbers: random.Random) -> bytes:
    whole = form(query(upload="f"), f=image(numbers, 300))
    return whole[: numbers.randrange(1, len(whole))]


def send_smuggled(_: random.Random) -> bytes:
    both = (f"Content-Type: {JSON}", "Content-Length: 4", "Transfer-Encoding: chunked")
    return head("POST", "/api/v1/search", *both) + b"0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"


def send_broken_json(numbers: random.Random) -> bytes:
    whole = query(text="a dog", weight=2)
    place = numbers.randrange(len(whole))
    return post(whole[:place] + numbers.choice('{}[]",:\\\0é') + whole[place + 1 :])


def send_bottomless_json(numbers: random.Random) -> bytes:
    depth = numbers.randint(100, 200_000)
    return post('{"terms": ' + numbers.choice(("[", '{"a":')) * depth)


def send_odd_numbers(numbers: random.Random) -> bytes:
    odd = ("NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, "0", "-0.0", "true", '"1"')
    weight, k = numbers.choice(odd), numbers.choice(odd)
    return post(f'{{"terms": [{{"text": "a", "weight": {weight}}}], "k": {k}}}')


def send_odd_words(numbers: random.Random) -> bytes:
    odd = ("\\ud800", "\\u0000", " ", "", "a" * 3000, "😀" * 1999, "' OR 1=1 --", "\\n" * 500)
    return post(f'{{"terms": [{{"text": "{numbers.choice(odd)}"}}]}}')


def send_odd_conditions(numbers: random.Random) -> bytes:
    odd = ("a", "a=", '"=1', "a~" + "*a" * 140, "a>=1e999", "text~((((", "id=x' --", "lang=en")
    where = numbers.choices(odd, k=numbers.randint(1, 20))
    return post(json.dumps({"terms": [{"text": "a dog"}], "where": where, "modality": None}))


def send_many_terms(numbers: random.Random) -> bytes:
    terms = [{"text": f"word {n}"} for n in range(numbers.choice((16, 17, 5000)))]
    return post(json.dumps({"terms": terms}))


def send_odd_box(numbers: random.Random) -> bytes:
    box = [numbers.choice((-1, 0, 5, 99_999, 2**70)) for _ in range(4)]
    return form(query(upload="f", box=box), f=image(numbers, 50))


def send_path_tricks(numbers: random.Random) -> bytes:
    path = numbers.choice(
        (
            "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/api/v1/items/..%2f..%2fetc%2fpasswd/image",
            "/api/v1/items/%00/image",
            "/api/v1/items//image",
            "/api/v1/items/" + "a" * 9000,
            "//evil.example/",
            "/" + "%ff" * 50,
            "http://evil.example/",
            "/api/v1/items/x/thumbnail?size=" + "9" * 400,
            "/api/v1/map?limit=20001",
        )
    )
    return head(numbers.choice(("GET", "HEAD", "DELETE")), path)


def send_paths_as_images(numbers: random.Random) -> bytes:
    key = numbers.choice(("image", "item", "upload", "image_base64", "path"))
    return post(query(**{key: numbers.choice(("/etc/passwd", "../../x", "file:///x", ""))}))


def send_odd_method(numbers: random.Random) -> bytes:
    method = numbers.choice(("TRACE", "CONNECT", "PATCH", "PUT", "BREW", "get", "\x01"))
    return head(method, "/api/v1/search")


def send_many_headers(numbers: random.Random) -> bytes:
    headers = [f"X-{n}: {'y' * 50}" for n in range(numbers.choice((50, 1000, 3000)))]
    return head("GET", "/health/live", *headers)


def send_odd_headers(numbers: random.Random) -> bytes:
    odd = (
        "Host: evil.example",
        "Origin: http://evil.example",
        "Authorization: Bearer \xff\xfe",
        "If-None-Match: " + '"' * 3000,
        "Content-Encoding: gzip",
        "Content-Type: multipart/form-data; boundary=" + "b" * 500,
        "Content-Type: multipart/form-data; boundary=b; charset=idna",
        "Expect: 100-continue",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x",
        "Range: bytes=0-1,5-",
    )
    body = query(text="a dog").encode()
    return (
        head(
            "POST",
            "/api/v1/search",
            *numbers.choices(odd, k=2),
            f"Content-Length: {len(body)}",
        )
        + body
    )


def send_compressed(_: random.Random) -> bytes:
    body = zlib.compress(bytes(10_000_000))
    return (
        head(
            "POST",
            "/api/v1/search",
            f"Content-Type: {JSON}",
            "Content-Encoding: deflate",
            f"Content-Length: {len(body)}",
        )
        + body
    )


def send_odd_form(numbers: random.Random) -> bytes:
    part = 'Content-Disposition: form-data; name="query"'
    body = numbers.choice(
        (
            "--b\r\n" * 5000,
            f"--b\r\n{part}\r\n\r\n{{}}",
            f'--b\r\n{part}; filename="../../x"\r\n\r\n{{}}\r\n--b--\r\n',
            f"--b\r\n{part}\r\n\r\n{{}}\r\n" * 300,
            "--b\r\n" + "A: b\r\n" * 20_000,
            "--b\r\nContent-Disposition: " + "x" * 500_000,
        )
    )
    return post(body, kind="multipart/form-data; boundary=b")


def send_noise(numbers: random.Random) -> bytes:
    return numbers.randbytes(numbers.randint(1, 3000))


def send_nothing(_: random.Random) -> bytes:
    return b""


def send_odd_batch(numbers: random.Random) -> bytes:
    names = numbers.choice(
        (("file",), ("file",) * 120, ("file", "other"), ("metadata", "metadata"))
    )
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="../{n}"\r\n\r\n'.encode()
        + numbers.choice((b"", b"no image", image(numbers, 60), bomb(9_000, 9_000)))
        for n, name in enumerate(names)
    ]
    body = b"\r\n".join([*parts, b"--b--\r\n"])
    kind = "Content-Type: multipart/form-data; boundary=b"
    return head("POST", "/api/v1/items/batch", kind, f"Content-Length: {len(body)}") + body


def send_odd_cursor(numbers: random.Random) -> bytes:
    odd = (
        "",
        "e30",
        "W10",
        "A" * 400,
        "A" * 401,
        "%ff",
        "WzEsIngiLHRydWUsMSx0cnVlLDFd",
        "W251bGxd",
    )
    values = ('[1,"x",true,1,true,1]', f'[{2**70},"x",false,-1,true,{2**64}]', "[" * 300)
    cursor = numbers.choice((*odd, *(b64encode(v.encode()).decode().rstrip("=") for v in values)))
    route = numbers.choice(("changes?since", "items?order=taken&cursor", "changes?limit=0&since"))
    return head("GET", f"/api/v1/{route}={cursor}")


def send_odd_signature(numbers: random.Random) -> bytes:
    odd = ("", "x", "A" * 43, "A" * 101, "%00", "%C3%A9", "../../x")
    expires = numbers.choice(("0", "-1", "9" * 12, "9" * 30, "NaN"))
    query = f"size=256&expires={expires}&signature={numbers.choice(odd)}"
    return head("GET", f"/api/v1/items/{'a' * numbers.randint(1, 40)}/thumbnail?{query}")


def send_unsignable(numbers: random.Random) -> bytes:
    ids = numbers.choice((["../x"], ["a"] * 1001, [], ["a", 1], "a", [None], ["ghost"] * 50))
    asked = {
        "ids": ids,
        "size": numbers.choice((256, 0, "256")),
        "seconds": numbers.choice((60, -1)),
    }
    return post(json.dumps(asked), path="/api/v1/thumbnails")


def send_short_listener(_: random.Random) -> bytes:
    return head("GET", "/api/v1/events")


def send_unwanted_item(_: random.Random) -> bytes:
    return post('{"text": "x"}', path="/api/v1/items")


def head(method: str, path: str, *headers: str) -> bytes:
    given = {header.partition(":")[0].lower() for header in headers}
    more = () if "host" in given else ("Host: localhost",)
    return "\r\n".join([f"{method} {path} HTTP/1.1", *more, *headers, "", ""]).encode("latin-1")


def post(body: str, path: str = "/api/v1/search", kind: str = JSON) -> bytes:
    data = body.encode()
    return head("POST", path, f"Content-Type: {kind}", f"Content-Length: {len(data)}") + data


def form(query: str, **files: bytes) -> bytes:
    parts = [b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n' + query.encode()]
    for name, data in files.items():
        about = (
            f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="../{name}"\r\n\r\n'
        )
        parts.append(about.encode() + data)
    body = b"\r\n".join([*parts, b"--b--\r\n"])
    kind = "multipart/form-data; boundary=b"
    length = f"Content-Length: {len(body)}"
    return head("POST", "/api/v1/search", f"Content-Type: {kind}", length) + body


def query(**term: object) -> str:
    return json.dumps({"terms": [term], "k": 3})


def image(numbers: random.Random, side: int) -> bytes:
    colour = tuple(numbers.randrange(256) for _ in range(3))
    buffer = BytesIO()
    kind = numbers.choice(("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"))
    Image.new("RGB", (side, numbers.randint(1, 600)), colour).save(buffer, kind)
    return buffer.getvalue()


@cache
def bomb(width: int, height: int) -> bytes:
    """Return a PNG of few bytes and many pixels (a decompression bomb)."""
    packed = zlib.compressobj(9)
    data = (
        b"".join(packed.compress(bytes((width + 7) // 8 + 1)) for _ in range(height))
        + packed.flush()
    )
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


KINDS = {name.removeprefix("send_"): make for name, make in globals().items() if "send_" in name}
"""Functions that make requests, as bytes to write to a connection."""
