"""Bulk work from plan to undo, at the pages where people ask for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Privilege
from audit.models import Entry
from inventory import actions
from inventory.floorplans import delete_map
from inventory.models import Device, Unit
from mistadmin.core import jobs
from mistadmin.core.access import Actor
from mistadmin.core.models import Job, JobRow, Outbox
from sites.actions import delete_site
from tests.portal.conftest import said, text
from tests.world import SYSTEM, World, make_devices, make_map, make_site, name_devices

MANY = 120  # more than are done before the answer


@pytest.fixture
def fleet(world: World) -> list[Device]:
    """Access points of acme, N1 and so on, at North."""
    devices = make_devices(world.north, MANY)
    name_devices(world.acme, devices, "N{ctr}")
    return list(Device.objects.order_by("id"))


def chosen(devices: list[Device], **more: str) -> dict[str, Any]:
    return {"ids": [str(device.id) for device in devices], "confirm": "1", **more}


def start(ada: Client, acme: str, verb: str, devices: list[Device], **more: str) -> Job:
    answer = ada.post(f"{acme}/inventory/actions/{verb}", chosen(devices, **more))
    job = Job.objects.order_by("-created_time")[0]
    assert answer.status_code == 302
    return job


def last_said(page: Any) -> str:
    """What the latest form came to; earlier messages wait for the first page that shows them."""
    return said(page)[-1]


def page_of(job: Job) -> str:
    return f"/orgs/{job.org_id}/jobs/{job.id}"


def counts(job: Job) -> tuple[str, int, int, int]:
    job.refresh_from_db()
    return job.status, job.total, job.done, job.failed


def test_large_job_runs_in_the_worker_and_its_page_shows_how_it_goes(
    ada: Client, acme: str, world: World, fleet: list[Device], pay: Callable[[], int], monkeypatch: Any
) -> None:
    monkeypatch.setattr(jobs, "STEP", 50)
    job = start(ada, acme, "assign", fleet, site_id=str(world.south.id))
    assert job.title == "Assign 120 devices to South"
    waiting = ada.get(page_of(job))
    assert "0 of 120" in text(waiting)
    assert 'hx-trigger="refresh"' in text(waiting)
    assert jobs.run_step(job.id)
    assert "50 of 120" in text(ada.get(page_of(job)))
    assert len(ada.get(page_of(job), {"state": "done"}).context["slice"].rows) == 50
    pay()
    assert counts(job) == ("done", 120, 120, 0)
    assert 'hx-trigger="refresh"' not in text(ada.get(page_of(job))), "a finished job is not asked for again"
    assert Device.objects.filter(site=world.south).count() == 120
    assert (
        Entry.objects.filter(event="inventory.device.assigned", admin_name__startswith="Ada").count() == 120
    )


def test_what_cannot_change_is_told_in_the_plan_and_left_out(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    actions.assign_devices(SYSTEM, world.south, devices=fleet[:2])
    job = start(ada, acme, "assign", fleet[:5], site_id=str(world.south.id))
    assert counts(job) == ("done", 3, 3, 0)
    same = ada.post(f"{acme}/inventory/actions/assign", chosen(fleet[:5], site_id=str(world.south.id)))
    assert same.status_code == 422
    assert "Nothing would change." in text(same)


def test_plan_of_many_has_pages(ada: Client, acme: str, fleet: list[Device]) -> None:
    form = {**chosen(fleet), "page": "3"}
    del form["confirm"]
    plan = ada.post(f"{acme}/inventory/actions/release", form).context["plan"]
    assert (plan.total, len(plan.rows), plan.previous, plan.next) == (120, 20, 2, 4)
    assert plan.rows[0].label == fleet[40].name


def test_small_job_is_done_at_once_and_undone_from_the_toast(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    form = chosen(fleet[:3], site_id=str(world.south.id))
    page = ada.post(f"{acme}/inventory/actions/assign", form, follow=True)
    assert said(page) == ["3 devices assigned to South."]
    undo = re.search(r'action="(/orgs/[^"]+/undo)"', text(page))
    assert undo
    assert said(ada.post(undo[1], follow=True)) == ["Undone for 3 devices."]
    assert set(Device.objects.values_list("site_id", flat=True)) == {world.north.id}
    again = ada.post(undo[1])
    assert again.status_code == 409
    assert "undone already" in text(again)


def test_undo_leaves_alone_what_moved_on(ada: Client, acme: str, world: World, fleet: list[Device]) -> None:
    job = start(ada, acme, "rename", fleet[:3], pattern="ward-{ctr}")
    name_devices(world.acme, [fleet[1]], "mine")
    page = ada.post(f"{page_of(job)}/undo", follow=True)
    assert last_said(page) == "1 device of 3 could not be put back."
    assert [row["reason"] for row in page.context["slice"].rows] == [
        "",
        "was changed meanwhile and keeps what it has",
        "",
    ]
    names = [Device.objects.get(id=device.id).name for device in fleet[:3]]
    assert names == [fleet[0].name, "mine", fleet[2].name]


def test_release_is_undone_with_site_name_and_configuration(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    device = actions.update_device(SYSTEM, fleet[0], changes={"vars": {"vlan": "7"}, "notes": "ceiling"})
    job = start(ada, acme, "release", [device])
    assert not Device.objects.filter(id=device.id).exists()
    assert last_said(ada.post(f"{page_of(job)}/undo", follow=True)) == "Undone for 1 device."
    back = Device.objects.get(id=device.id)
    assert (back.name, back.site_id, back.body) == (device.name, world.north.id, device.body)


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_released_device_comes_back_to_its_floorplan_if_that_is_there(
    ada: Client, acme: str, world: World, fleet: list[Device], is_gone: bool
) -> None:
    row = make_map(world.north)
    place = {"map_id": str(row.map_id), "x": 1.5, "y": 2.5}
    device = actions.update_device(SYSTEM, fleet[0], changes={"notes": "ceiling", **place})
    job = start(ada, acme, "release", [device])
    if is_gone:
        delete_map(SYSTEM, row)
    assert last_said(ada.post(f"{page_of(job)}/undo", follow=True)) == "Undone for 1 device."
    assert Device.objects.get(id=device.id).body == {"notes": "ceiling", **({} if is_gone else place)}


def test_released_unit_that_somebody_else_claimed_stays_theirs(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    job = start(ada, acme, "release", fleet[:2])
    taken = Unit.objects.get(mac=fleet[0].mac)
    actions.claim_devices(SYSTEM, world.globex, codes=[taken.claim_code])
    page = ada.post(f"{page_of(job)}/undo", follow=True)
    assert [(row["state"], row["reason"]) for row in page.context["slice"].rows] == [
        ("failed", "belongs to another org"),
        ("done", ""),
    ]
    assert "globex" not in text(page).lower()
    assert Device.objects.get(mac=taken.mac).org_id == world.globex.id


def test_site_deleted_meanwhile_is_told_per_device_and_retried(
    ada: Client, acme: str, world: World, fleet: list[Device], pay: Callable[[], int]
) -> None:
    site = make_site(world.acme, name="Annex")
    job = start(ada, acme, "assign", fleet, site_id=str(site.id))
    delete_site(SYSTEM, site)
    pay()
    assert counts(job) == ("done", 120, 0, 120)
    page = ada.get(page_of(job), {"state": "failed"})
    assert page.context["slice"].rows[0]["reason"] == "the site does not exist any more"
    assert (
        last_said(ada.post(f"{page_of(job)}/retry", follow=True))
        == "The devices that failed are tried again."
    )
    assert counts(job) == ("waiting", 120, 0, 0)
    pay()
    assert counts(job) == ("done", 120, 0, 120)


def test_cancelled_job_stops_and_can_go_on(
    ada: Client, acme: str, world: World, fleet: list[Device], pay: Callable[[], int], monkeypatch: Any
) -> None:
    monkeypatch.setattr(jobs, "STEP", 50)
    job = start(ada, acme, "assign", fleet, site_id=str(world.south.id))
    jobs.run_step(job.id)
    assert (
        last_said(ada.post(f"{page_of(job)}/cancel", follow=True))
        == "Job cancelled. What was done stays done."
    )
    pay()
    assert counts(job) == ("cancelled", 120, 50, 0)
    assert Device.objects.filter(site=world.south).count() == 50
    assert ada.post(f"{page_of(job)}/cancel").status_code == 409
    assert "Continue" in text(ada.get(page_of(job)))
    ada.post(f"{page_of(job)}/retry")
    pay()
    assert counts(job) == ("done", 120, 120, 0)


def test_step_that_dies_is_done_again_once(
    ada: Client, acme: str, world: World, fleet: list[Device], pay: Callable[[], int], monkeypatch: Any
) -> None:
    """What a killed worker had not committed is rolled back whole."""
    job = start(ada, acme, "assign", fleet, site_id=str(world.south.id))

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_mark", die)
        with pytest.raises(KeyboardInterrupt):
            jobs.run_step(job.id)
    assert counts(job) == ("waiting", 120, 0, 0)
    assert not Device.objects.filter(site=world.south).exists()
    pay()
    pay()
    assert counts(job) == ("done", 120, 120, 0)
    assert (
        Entry.objects.filter(event="inventory.device.assigned", admin_name__startswith="Ada").count() == 120
    )


def test_job_that_nothing_moves_is_owed_again(
    ada: Client, acme: str, world: World, fleet: list[Device], pay: Callable[[], int]
) -> None:
    job = start(ada, acme, "assign", fleet, site_id=str(world.south.id))
    Outbox.objects.all().delete()
    jobs.resume_stalled()
    assert not Outbox.objects.exists(), "it has only just been asked for"
    Job.objects.update(modified_time=job.modified_time - jobs.STALLED)
    jobs.resume_stalled()
    jobs.resume_stalled()
    assert Outbox.objects.count() == 1
    pay()
    assert counts(job) == ("done", 120, 120, 0)


def test_right_that_was_lost_meanwhile_is_not_used(
    browser: Callable[[str], Client], acme: str, world: World, fleet: list[Device], pay: Callable[[], int]
) -> None:
    job = start(browser("wes"), acme, "assign", fleet, site_id=str(world.south.id))
    Privilege.objects.filter(admin=world.people["wes"].admin).delete()
    pay()
    assert counts(job) == ("done", 120, 0, 120)
    assert not Device.objects.filter(site=world.south).exists()


def test_only_who_may_sees_and_steers(
    browser: Callable[[str], Client], acme: str, world: World, fleet: list[Device]
) -> None:
    job = start(browser("ada"), acme, "assign", fleet, site_id=str(world.south.id))
    assert browser("gus").get(page_of(job)).status_code == 404
    assert browser("gus").post(f"{page_of(job)}/cancel").status_code == 404
    rita = browser("rita").get(page_of(job))
    assert rita.status_code == 200
    assert "Cancel job" not in text(rita)
    for step in ("cancel", "retry", "undo"):
        assert browser("rita").post(f"{page_of(job)}/{step}").status_code == 403
    assert counts(job)[0] == "waiting"
    foreign = f"/orgs/{world.globex.id}/jobs/{job.id}"
    assert browser("gus").get(foreign).status_code == 404


def test_rows_of_other_sites_are_not_shown_to_who_covers_one(
    browser: Callable[[str], Client], acme: str, world: World, fleet: list[Device]
) -> None:
    (south,) = make_devices(world.south, 1)
    mixed = start(browser("ada"), acme, "rename", [south, *fleet], pattern="x-{ctr}")
    elsewhere = start(browser("ada"), acme, "rename", [south], pattern="y-{ctr}")
    ivan = browser("ivan")
    assert [row["id"] for row in ivan.get(f"{acme}/jobs").context["slice"].rows] == [mixed.id]
    assert ivan.get(page_of(mixed)).context["slice"].total == MANY
    assert ivan.get(page_of(elsewhere)).status_code == 404


def test_list_is_newest_first_and_says_when_it_is_empty(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    assert "No bulk change was made" in text(ada.get(f"{acme}/jobs"))
    first = start(ada, acme, "rename", fleet[:1], pattern="a")
    second = start(ada, acme, "rename", fleet[:1], pattern="b")
    listed = [row["id"] for row in ada.get(f"{acme}/jobs").context["slice"].rows]
    assert listed == [second.id, first.id]


def test_old_jobs_are_discarded(ada: Client, acme: str, fleet: list[Device]) -> None:
    old = start(ada, acme, "rename", fleet[:1], pattern="a")
    new = start(ada, acme, "rename", fleet[:1], pattern="b")
    Job.objects.filter(id=old.id).update(finished_at=old.created_time - jobs.RETENTION)
    jobs.discard_old()
    assert list(Job.objects.values_list("id", flat=True)) == [new.id]
    assert set(JobRow.objects.values_list("job_id", flat=True)) == {new.id}


def test_programs_start_no_jobs(world: World, fleet: list[Device]) -> None:
    """Bulk verbs of the API stay synchronous, so nothing of ours starts a job without a person."""
    from mistadmin.core.errors import NotAllowed
    from orgs.jobs import start_job

    with pytest.raises(NotAllowed):
        start_job(Actor.system("tests"), world.acme, kind="inventory.name", title="x", rows=[])
