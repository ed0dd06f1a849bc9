from __future__ import annotations

import pytest

from fakes import FakeEncoder


@pytest.fixture
def encoder():
    return FakeEncoder()
