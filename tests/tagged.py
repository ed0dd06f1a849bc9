"""JPEGs with EXIF, XMP and IPTC, as cameras and photo programs write them."""

from __future__ import annotations

import io
import struct

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

XMP = """<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF
 xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about=''
 xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/'
 xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' {attributes}>{elements}</rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"""


def tagged(colour="red", *, size=(48, 32), xmp="", attributes="", iptc=(), damage=False, **tags):
    """Return a JPEG; tags are those of EXIF by Pillow's names, and `gps` a pair of degrees."""
    image, buffer = Image.new("RGB", size, colour), io.BytesIO()
    options = {}
    if tags:
        options["exif"] = _exif(**tags).tobytes()
        if damage:
            options["exif"] = options["exif"][:-60] + b"\xff" * 60
    if xmp or attributes:
        options["xmp"] = XMP.format(attributes=attributes, elements=xmp).encode()
    if iptc:
        options["extra"] = _iptc_segment(iptc)
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def bag(*keywords):
    values = "".join(f"<rdf:li>{keyword}</rdf:li>" for keyword in keywords)
    return f"<dc:subject><rdf:Bag>{values}</rdf:Bag></dc:subject>"


def described(**texts):
    """Return a description in several languages; that of `x` is the default."""
    values = "".join(
        f"<rdf:li xml:lang='{'x-default' if lang == 'x' else lang}'>{text}</rdf:li>"
        for lang, text in texts.items()
    )
    return f"<dc:description><rdf:Alt>{values}</rdf:Alt></dc:description>"


def _exif(gps=None, raw_gps=None, **tags):
    exif = Image.Exif()
    for name, value in tags.items():
        number = int(name[1:], 16) if name.startswith("x") else Base[name].value
        where = exif.get_ifd(IFD.Exif) if name in _DETAILS else exif
        where[number] = value
    if gps:
        exif.get_ifd(IFD.GPSInfo).update(_position(*gps))
    if raw_gps:
        exif.get_ifd(IFD.GPSInfo).update(raw_gps)
    return exif


_DETAILS = {
    "DateTimeOriginal",
    "DateTimeDigitized",
    "OffsetTimeOriginal",
    "OffsetTimeDigitized",
    "LensModel",
}


def _position(latitude, longitude):
    return {
        GPS.GPSLatitudeRef: "NS"[latitude < 0],
        GPS.GPSLatitude: _minutes(abs(latitude)),
        GPS.GPSLongitudeRef: "EW"[longitude < 0],
        GPS.GPSLongitude: _minutes(abs(longitude)),
    }


def _minutes(degrees):
    return (float(int(degrees)), float(int(degrees % 1 * 60)), round(degrees * 60 % 1 * 60, 4))


def _iptc_segment(records):
    """Wrap pairs of a number of record 2 and bytes as an application segment of Photoshop's."""
    block = b"".join(struct.pack(">BBBH", 0x1C, 2, n, len(each)) + each for n, each in records)
    resource = b"8BIM" + struct.pack(">H", 0x0404) + b"\0\0" + struct.pack(">I", len(block)) + block
    body = b"Photoshop 3.0\0" + resource + b"\0" * (len(block) % 2)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
