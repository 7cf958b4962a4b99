"""The gallery of the design system: every component in every state, with samples and nobody's data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from inventory.tables import DEVICES
from mistadmin.core.access import STAFF
from mistadmin.core.paging import Page, Slice
from mistadmin.core.portal import PortalView
from mistadmin.core.tables import Layout

_LONG: Final = "A name that is far longer than any column is wide, as people give them to access points"
_OPTIONS: Final = [("stable", "Production"), ("beta", "rc2"), ("custom", "Custom")]
_TONES: Final = ("info", "ok", "warn", "bad")
_JOB_STATES: Final = (("waiting", 0), ("running", 0), ("done", 0), ("done", 3), ("cancelled", 0))
# Fields in the states that templates/components/field.html has.
_VALUES: Final = {"text": "Main Hospital", "wrong": "Main Hospital ", "notes": "Lift key", "on": "1"}
_ERRORS: Final = {"wrong": "is the name of another site", "choice_wrong": "must be one of the list"}


class Gallery(PortalView):
    """For the people who run the instance, and for everybody while the product itself is worked on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not settings.DEBUG:
            self.actor.require(STAFF)
        rows = _devices()
        return self.render(
            "design/gallery.html",
            values=_VALUES,
            errors=_ERRORS,
            options=_OPTIONS,
            table=Layout.of(DEVICES, {}, {}, columns=_columns()),
            slice=Slice(rows, 4312, Page(number=2, limit=len(rows))),
            tabs=_tabs(),
            facts=[("Serial", "A1234567890"), ("Firmware", ""), ("Name", _LONG)],
            before={"name": "North", "rules": [{"src": "model"}], "enabled": False},
            after={"name": "North Wing", "rules": [{"src": "subnet"}], "enabled": True},
            decision=_decision(),
            moments=_moments(),
            macs="5c5b35000d01",
            long=_LONG,
            ages=[8, 7_384, 351_640],
            job_states=_JOB_STATES,
            tones=_TONES,
            warnings=["Rule 2 names the site “Annexe”, which does not exist.", "Rules 3 and 5 are the same."],
        )


def _columns() -> tuple[Any, ...]:
    return tuple(one for one in DEVICES.columns if one.listed and not one.need)


def _devices() -> list[dict[str, Any]]:
    """One row for each state of a device, and one whose texts are too long."""
    now = timezone.now()
    states = (
        ("ward-001", "connected", now - timedelta(seconds=8)),
        ("", "never", None),
        (_LONG, "disconnected", now - timedelta(days=40)),
    )
    return [
        {
            **{column.shows: "" for column in _columns()},
            "id": f"00000000-0000-0000-1000-5c5b35000d0{number}",
            "mac": f"5c5b35000d0{number}",
            "name": name,
            "status": status,
            "site_name": "Main Hospital" if name else None,
            "profile_name": "Ward",
            "model": "AP45",
            "adopted": not name,
            "lldp": "East_Floor 7_Nursing · ge-0/0/7",
            "version": "0.14.29543",
            "last_seen": seen,
        }
        for number, (name, status, seen) in enumerate(states, start=1)
    ]


def _tabs() -> list[dict[str, Any]]:
    return [
        {"label": "Access Points", "url": "#tabs", "count": 4312, "current": True},
        {"label": "Switches", "url": "#tabs", "count": 0, "current": False},
        {"label": "Installed Base", "url": "#tabs", "count": None, "current": False},
    ]


def _moments() -> list[datetime]:
    now = timezone.now()
    return [
        now,
        now - timedelta(minutes=12),
        now - timedelta(hours=7),
        datetime(2025, 3, 30, 1, 30, tzinfo=UTC),
    ]


def _decision() -> dict[str, Any]:
    """A decision with a rule of every verdict."""
    verdicts = (
        ("no_match", "no match: LLDP System Name is “East_Floor 7”, which has no third segment"),
        ("broken", "cannot be used: no site is called “Annexe”"),
        ("matched", "matches: AP Model AP45 gives “Main Hospital”"),
        ("not_tried", "not tried, because an earlier rule matched"),
    )
    rules = [
        {"number": number, "verdict": verdict, "sentence": text}
        for number, (verdict, text) in enumerate(verdicts, start=1)
    ]
    site = {"aspect": "site", "value": "Main Hospital", "status": "decided", "rules": rules}
    return {"aspects": [{**site, "sentence": "Rule 3 decided the site."}]}
