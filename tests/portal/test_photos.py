"""Photos on the page of a device."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.portal.conftest import said, text
from tests.world import World, make_devices


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def file(content: bytes = b"") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return SimpleUploadedFile("photo.png", content or out.getvalue(), "image/png")


def test_photos_are_added_shown_and_deleted_on_the_page(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    (device,) = make_devices(world.north)
    page, wes = f"{acme}/devices/{device.id}", browser("wes")
    assert "Nobody has taken a photo" in text(browser("rita").get(page))
    answer = wes.post(f"{page}/images", {"number": "1", "file": file()}, follow=True)
    assert said(answer) == ["Photo added."]
    seen = text(browser("rita").get(page))
    (address,) = set(re.findall(rf'src="({page}/images/[^"]+)"', seen))
    assert "Add a photo" not in seen
    assert browser("rita").get(address)["Content-Type"] == "image/jpeg"
    refused = wes.post(f"{page}/images", {"number": "2", "file": file(b"<svg/>")}, follow=True)
    assert said(refused) == ["The file is no photo: a JPEG, PNG or WebP file is needed."]
    for number in "23":
        wes.post(f"{page}/images", {"number": number, "file": file()})
    assert "Add a photo" not in text(wes.get(page))
    assert browser("rita").post(f"{page}/images", {"number": "1", "delete": "1"}).status_code == 403
    gone = wes.post(f"{page}/images", {"number": "1", "delete": "1"}, follow=True)
    assert said(gone) == ["Photo deleted."]
    assert address not in text(gone)
    assert browser("rita").get(address).status_code == 404
    # The ids of devices come from their MAC addresses: another organization guesses them.
    assert browser("gus").post(f"{page}/images", {"number": "1", "file": file()}).status_code == 404
