"""Grants and actors as a table, without a database."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from mistadmin.core.access import (
    ABILITIES,
    ANYONE,
    INSTALL,
    MANAGE_ADMINS,
    MANAGE_ORG,
    ROLES,
    SIGNED_IN,
    STAFF,
    VIEW_INVENTORY,
    VIEW_ORG,
    VIEW_SITES,
    VIEW_SUBSCRIPTIONS,
    Actor,
    Grant,
    role_spelled,
    shared,
)
from mistadmin.core.errors import NotAllowed, NotVisible, Unauthenticated

ACME, GLOBEX = uuid4(), uuid4()
NORTH, SOUTH = uuid4(), uuid4()


@dataclass
class Thing:
    org_id: UUID
    site_id: UUID | None = None
    org_wide: bool = False


ORG, OTHER_ORG = Thing(ACME, org_wide=True), Thing(GLOBEX, org_wide=True)
AT_NORTH, AT_SOUTH, NOWHERE = Thing(ACME, NORTH), Thing(ACME, SOUTH), Thing(ACME)
FOREIGN = Thing(GLOBEX, NORTH)


def actor(*grants):
    return Actor("admin", uuid4(), grants=grants)


SUPER = actor(Grant(ROLES["super_user"], ACME))
WATCHER = actor(Grant(ROLES["observer"], ACME))
INSTALLER = actor(Grant(ROLES["installer"], ACME, frozenset({NORTH})))
EMPTY_GROUP = actor(Grant(ROLES["installer"], ACME, frozenset()))
MIXED = actor(Grant(ROLES["observer"], ACME), Grant(ROLES["installer"], ACME, frozenset({SOUTH})))
BOTH_ORGS = actor(Grant(ROLES["observer"], ACME), Grant(ROLES["super_user"], GLOBEX))
STRANGER = actor()

ALLOWED, DENIED, ABSENT = None, NotAllowed, NotVisible


@pytest.mark.parametrize(
    ("who", "need", "target", "refusal"),
    [
        (SUPER, MANAGE_ORG, ORG, ALLOWED),
        (SUPER, INSTALL, AT_NORTH, ALLOWED),
        (SUPER, INSTALL, NOWHERE, ALLOWED),
        (SUPER, VIEW_ORG, OTHER_ORG, ABSENT),
        (SUPER, INSTALL, FOREIGN, ABSENT),
        (WATCHER, VIEW_INVENTORY, AT_NORTH, ALLOWED),
        (WATCHER, INSTALL, AT_NORTH, DENIED),
        (WATCHER, MANAGE_ORG, ORG, DENIED),
        (INSTALLER, INSTALL, AT_NORTH, ALLOWED),
        (INSTALLER, INSTALL, AT_SOUTH, ABSENT),
        (INSTALLER, INSTALL, NOWHERE, ABSENT),
        (INSTALLER, VIEW_ORG, ORG, ALLOWED),
        (INSTALLER, INSTALL, ORG, DENIED),
        (INSTALLER, MANAGE_ORG, ORG, DENIED),
        (INSTALLER, MANAGE_ORG, AT_NORTH, DENIED),
        (EMPTY_GROUP, INSTALL, AT_NORTH, ABSENT),
        (MIXED, INSTALL, AT_SOUTH, ALLOWED),
        (MIXED, INSTALL, AT_NORTH, DENIED),
        (BOTH_ORGS, INSTALL, AT_NORTH, DENIED),
        (BOTH_ORGS, INSTALL, FOREIGN, ALLOWED),
        (STRANGER, VIEW_ORG, ORG, ABSENT),
        (STRANGER, SIGNED_IN, None, ALLOWED),
        (Actor.anonymous(), ANYONE, None, ALLOWED),
        (Actor.anonymous(), SIGNED_IN, None, Unauthenticated),
        (Actor.anonymous(), VIEW_ORG, ORG, Unauthenticated),
        (Actor.system("x"), MANAGE_ORG, OTHER_ORG, ALLOWED),
        (SUPER, STAFF, None, ABSENT),
        (Actor("admin", uuid4(), is_staff=True), STAFF, None, ALLOWED),
        (Actor("admin", uuid4(), is_staff=True), VIEW_ORG, ORG, ABSENT),
        (Actor.anonymous(), STAFF, None, Unauthenticated),
    ],
)
def test_require(who, need, target, refusal):
    if refusal is None:
        who.require(need, target)
    else:
        with pytest.raises(refusal):
            who.require(need, target)


def test_need_without_a_target_is_a_fault_of_the_caller():
    with pytest.raises(TypeError, match="target"):
        SUPER.require(MANAGE_ORG)


@pytest.mark.parametrize(
    ("who", "need", "sites"),
    [
        (SUPER, INSTALL, None),
        (INSTALLER, INSTALL, {NORTH}),
        (INSTALLER, MANAGE_ORG, set()),
        (MIXED, VIEW_SITES, None),
        (MIXED, INSTALL, {SOUTH}),
        (STRANGER, VIEW_SITES, set()),
        (Actor.system("x"), INSTALL, None),
    ],
)
def test_sites_for(who, need, sites):
    assert who.sites_for(need, ACME) == sites


def test_a_role_at_no_site_reaches_nothing_but_the_organization():
    assert not EMPTY_GROUP.can_somewhere(INSTALL, ACME)
    assert EMPTY_GROUP.can_somewhere(VIEW_ORG, ACME)
    with pytest.raises(NotAllowed):
        EMPTY_GROUP.require_somewhere(VIEW_SITES, ACME)


@pytest.mark.parametrize(
    ("mine", "theirs", "sites"),
    [
        (None, None, None),
        (None, {NORTH}, {NORTH}),
        ({NORTH}, None, {NORTH}),
        ({NORTH, SOUTH}, {SOUTH}, {SOUTH}),
    ],
)
def test_what_two_share_is_what_both_may_where_both_may(mine, theirs, sites):
    frozen = [None if one is None else frozenset(one) for one in (mine, theirs)]
    own = Grant(ROLES["mxedge_admin"], ACME, frozen[0])
    (both,) = shared([own, Grant(ROLES["observer"], GLOBEX)], [Grant(ROLES["installer"], ACME, frozen[1])])
    assert both.role.abilities == {VIEW_ORG, VIEW_SITES}
    assert both.site_ids == sites


def test_somewhere():
    INSTALLER.require_somewhere(INSTALL, ACME)
    with pytest.raises(NotAllowed):
        INSTALLER.require_somewhere(MANAGE_ORG, ACME)
    with pytest.raises(NotVisible):
        INSTALLER.require_somewhere(INSTALL, GLOBEX)
    with pytest.raises(Unauthenticated):
        Actor.anonymous().require_somewhere(INSTALL, ACME)


def test_there_are_eleven_roles_each_spelled_once():
    assert len(ROLES) == 11
    for role in ROLES.values():
        assert role_spelled(role.mist_role, role.view) is role
    assert role_spelled("admin", "reporting") is None


def test_every_role_sees_its_organization_and_only_abilities_that_exist():
    for role in ROLES.values():
        assert VIEW_ORG in role.abilities
        assert role.abilities <= ABILITIES


def test_abilities_that_only_some_have():
    assert {key for key, role in ROLES.items() if MANAGE_ADMINS in role.abilities} == {"super_user"}
    assert VIEW_SUBSCRIPTIONS not in ROLES["super_observer"].abilities
    assert ROLES["super_user"].abilities == ABILITIES


def test_no_observing_role_changes_anything():
    for key in ("observer", "super_observer", "reporting", "marketing"):
        changing = {need for need in ROLES[key].abilities if not need.startswith("view_")}
        assert changing == set()
