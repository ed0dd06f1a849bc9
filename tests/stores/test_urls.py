from __future__ import annotations

import pytest

from visavis.errors import CollectionError
from visavis.stores.postgresql.location import Location
from visavis.stores.urls import without_password


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:secret@host/db?collection=a", "postgresql://me:***@host/db?collection=a"),
        ("postgresql://me:a%40b@h1:1,h2:2/db", "postgresql://me:***@h1:1,h2:2/db"),
        (
            "postgresql:///db?password=a&sslpassword=b",
            "postgresql:///db?password=***&sslpassword=***",
        ),
        ("milvus+https://:KEY@host/a", "milvus+https://:***@host/a"),
        ("postgresql://[::1]:5432/db?user=me@host", "postgresql://[::1]:5432/db?user=me@host"),
    ],
)
def test_a_password_is_never_shown(url, shown):
    assert without_password(url) == shown


@pytest.mark.parametrize(
    "password", ["se@cret", "se/cret", "se#cret", "se?cret", "100%secret", "1/3"]
)
def test_a_password_that_ends_too_early_is_refused_and_not_shown(password):
    with pytest.raises(CollectionError, match="write @ as %40") as caught:
        without_password(f"postgresql://me:{password}@host/db")
    assert password not in str(caught.value)


def test_a_url_that_cannot_be_read_is_one_line():
    with pytest.raises(CollectionError, match="cannot be read: Invalid IPv6"):
        Location.parse("postgresql://[::1/db")


def test_a_server_without_a_name_keeps_its_slashes():
    location = Location.parse("postgresql:///db?host=/run&collection=photos")
    assert (location.database, location.schema) == ("postgresql:///db?host=%2Frun", "photos")
