"""Claim codes out of a CSV file: what is read, and what is said of what cannot be."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inventory.models import Device
from tests.portal.conftest import text
from tests.world import make_units


def send(browser: Client, acme: str, content: bytes, **more: str):
    file = SimpleUploadedFile("codes.csv", content, "text/csv")
    return browser.post(f"{acme}/inventory/claim", {"codes": "", "site_id": "", "file": file, **more})


@pytest.mark.parametrize(
    ("layout", "coding"),
    [
        ('Model,Claim Code,Note\nAP45,{0},"two\nlines"\n\nAP45,{1},\n', "utf-8"),
        ("{0}\r\n{1}\r\n", "utf-8-sig"),
        ("Serial\tclaim_code\r\nx\t{0}\r\ny\t{1}\r\n", "utf-16"),
        ("magic;Ort\n{0};Ä\n{1};\n", "utf-8"),
    ],
    ids=["columns", "plain", "spreadsheet", "semicolons"],
)
def test_codes_are_read(ada: Client, acme: str, world, layout: str, coding: str) -> None:
    units = make_units(count=3)
    content = layout.format(*(unit.claim_code for unit in units)).encode(coding)
    page = text(send(ada, acme, content, codes=units[2].claim_code))
    assert "3 claimed, 0 already here, 0 refused" in page
    assert Device.objects.filter(org=world.acme).count() == 3


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "has no claim codes"),
        (b"Claim Code\n", "has no claim codes"),
        (b"ABCDE\0FGHIJ", "NUL characters"),
        ("ABCDEFGHIJKLMNO\n".encode("utf-16-le"), "NUL characters"),
        (b"\xe9\xe9\xe9", "is no text in UTF-8 or UTF-16"),
        (b'"never closed\n', "line 1 cannot be read"),
        (b"one,two\n", "none is called &quot;Claim Code&quot;"),
        (b"A\n" * 1_000_000, "more than 10,000 claim codes"),
    ],
    ids=["empty", "head only", "nul", "utf-16 without mark", "latin-1", "quotes", "columns", "million"],
)
def test_what_cannot_be_read_is_said_and_nothing_else_is_lost(
    ada: Client, acme: str, content: bytes, problem: str
) -> None:
    answer = send(ada, acme, content, codes="KEPT1-KEPT2-KEPT3")
    assert answer.status_code == 422
    assert problem.lower() in text(answer).lower()
    assert "KEPT1-KEPT2-KEPT3" in text(answer)


def test_names_are_generated_for_what_was_claimed(ada: Client, acme: str, world) -> None:
    units = make_units(count=2)
    content = "\n".join(unit.claim_code for unit in units).encode()
    more = {"site_id": str(world.north.id)}
    refused = send(ada, acme, content, pattern="{nope}", **more)
    assert "{nope} is not a variable" in text(refused)
    assert not Device.objects.filter(org=world.acme).exists()
    send(ada, acme, content, pattern="{site}-{ctr:3}", **more)
    names = dict(Device.objects.filter(org=world.acme).values_list("mac", "name"))
    assert names == {units[0].mac: "North-001", units[1].mac: "North-002"}
