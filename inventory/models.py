"""Manufactured units, claimed devices and what devices tell."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from mistadmin.core.documents import DocumentField
from mistadmin.core.models import TenantQuerySet


class DeviceType(models.TextChoices):
    AP = "ap", "Access Point"
    SWITCH = "switch", "Switch"
    GATEWAY = "gateway", "WAN Edge"
    MXEDGE = "mxedge", "Mist Edge"


# The types that the device and inventory operations of the API know; Mist Edges have operations of their own.
DEVICE_TYPES = (DeviceType.AP, DeviceType.SWITCH, DeviceType.GATEWAY)


class Unit(models.Model):
    """A manufactured device: what its claim code stands for. One organization at most owns it.

    `claim` names the call that took it, so that the winner of a race can read back what it won.
    """

    mac = models.CharField(primary_key=True, max_length=12)
    serial = models.CharField(max_length=32, unique=True)
    model = models.CharField(max_length=32)
    type = models.CharField(max_length=8, choices=DeviceType)
    claim_code = models.CharField(max_length=15, unique=True)
    secret = models.BinaryField()
    # When the last accepted call of the device was made, by its own clock: a call is accepted once.
    last_call_at = models.DecimalField(max_digits=17, decimal_places=6, default=0)
    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, null=True, related_name="+")
    claim = models.UUIDField(null=True, db_index=True)
    claimed_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.model} {self.mac}"


# What lists show of a device itself, and what it is found by.
_SEARCHED = (
    *("name", "mac", "serial", "model", "ip", "version", "lldp_system_name", "lldp_port_desc"),
    *("hostname", "ext_ip", "dns_suffix", "lldp_port_id"),
)


class Joined(models.Func):
    """Columns joined by spaces: one flat expression, where nested CONCATs overflow SQLite's parser."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()


class _Devices(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> TenantQuerySet:
        devices: TenantQuerySet = super().get_queryset().exclude(type=DeviceType.MXEDGE)
        return devices


class _MistEdges(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> TenantQuerySet:
        edges: TenantQuerySet = super().get_queryset().filter(type=DeviceType.MXEDGE)
        return edges


class Device(models.Model):
    """A claimed device. Its id is derived from its MAC and is the same in whichever organization owns it.

    `objects` are access points, switches and WAN edges; `every` is for what is true of all hardware.
    """

    id = models.UUIDField(primary_key=True)
    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey(
        "sites.Site", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    deviceprofile = models.ForeignKey(
        "orgs.DeviceProfile", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    mac = models.CharField(max_length=12, unique=True)
    serial = models.CharField(max_length=32)
    model = models.CharField(max_length=32)
    type = models.CharField(max_length=8, choices=DeviceType)
    claim_code = models.CharField(max_length=15)
    name = models.CharField(max_length=255, blank=True)
    body = DocumentField(default=dict)
    # Whether it gets the configuration that people set; an access point always does.
    managed = models.BooleanField(default=True)
    # The device whose virtual chassis or HA cluster it is part of; itself for the one that stands for all.
    cluster = models.ForeignKey(
        "self", on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False
    )
    member_role = models.CharField(max_length=9, blank=True)
    # It joined by itself with the organization's adopt secret; nobody entered its claim code.
    adopted = models.BooleanField(default=False)
    # Photos: the number that people know each by, and the name of its file (inventory.images).
    images = models.JSONField(default=dict)
    created_time = models.DateTimeField(default=timezone.now)
    modified_time = models.DateTimeField(default=timezone.now)

    connected = models.BooleanField(default=False)
    last_seen = models.DateTimeField(null=True)
    uptime = models.BigIntegerField(null=True)
    version = models.CharField(max_length=64, blank=True)
    hostname = models.CharField(max_length=255, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    ext_ip = models.CharField(max_length=45, blank=True)
    dns_suffix = models.CharField(max_length=255, blank=True)
    lldp_system_name = models.CharField(max_length=255, blank=True)
    lldp_port_id = models.CharField(max_length=255, blank=True)
    lldp_port_desc = models.CharField(max_length=255, blank=True)
    # Of a Mist Edge, whose `version` is that of its tunnel termination service.
    agent_version = models.CharField(max_length=64, blank=True)
    distro = models.CharField(max_length=64, blank=True)

    # Versions of its configuration: what it should have, was sent last, and said it has (inventory.handout).
    config_version = models.CharField(max_length=16, blank=True)
    config_made_at = models.DateTimeField(null=True)
    config_sent = models.CharField(max_length=16, blank=True)
    config_sent_at = models.DateTimeField(null=True)
    config_acked = models.CharField(max_length=16, blank=True)
    config_acked_at = models.DateTimeField(null=True)

    search = models.GeneratedField(
        expression=Lower(Joined(*_SEARCHED)), output_field=models.TextField(), db_persist=True
    )

    objects: ClassVar[Any] = _Devices()
    every: ClassVar[Any] = TenantQuerySet.as_manager()

    site_field = "site_id"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["org", "serial"], name="device_serial_in_org"),)
        indexes = (
            # As `objects` asks, all or the heads of clusters: counting and paging read this index and no row.
            models.Index(
                fields=["org", "id", "cluster"],
                condition=~models.Q(type=DeviceType.MXEDGE),
                name="device_org",
            ),
            models.Index(fields=["org", "type", "name", "id"], name="device_org_type_name"),
            # What lists show (clusters.HEADS): they are counted, by type and by having a site, without a row.
            models.Index(
                fields=["org", "type", "site"],
                condition=models.Q(cluster=None) | models.Q(cluster=models.F("id")),
                name="device_heads",
            ),
            models.Index(fields=["site", "name", "id"], name="device_site_name"),
            models.Index(
                fields=["org", "created_time"], condition=models.Q(adopted=True), name="device_adopted"
            ),
            models.Index(
                fields=["cluster"], condition=models.Q(cluster__isnull=False), name="device_cluster"
            ),
            # None on last_seen: each check-in writes it, and PostgreSQL updates in place what no index holds.
        )

    def __str__(self) -> str:
        return self.name or self.mac

    @property
    def site_name(self) -> str:
        return self.site.name if self.site else ""

    @property
    def audit_names(self) -> dict[str, str]:
        return {"model": self.model, "mac": self.mac, "label": f'{self.model} "{self.name or self.mac}"'}


class MistEdge(Device):
    """A Mist Edge: a device of a type that has roles, lists and operations of its own."""

    objects: ClassVar[Any] = _MistEdges()

    class Meta:
        proxy = True


class AdoptSecret(models.Model):
    """What an organization's adopt commands are made of, sealed; it is replaced when somebody rotates it."""

    org = models.OneToOneField("orgs.Org", on_delete=models.CASCADE, primary_key=True, related_name="+")
    secret = models.BinaryField()

    def __str__(self) -> str:
        return f"adopt secret of {self.org_id}"


class InstalledDevice(models.Model):
    """A device that was sold to a linked Juniper account, as the account service knows it.

    Two accounts may both know a serial; each has its row. `device` is the organization's own device of this
    serial, if it has one: found by the serial, and never stored.
    """

    account = models.ForeignKey(
        "orgs.JuniperAccount", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    org = models.ForeignKey("orgs.Org", on_delete=models.CASCADE, related_name="+", db_index=False)
    # As long as that of a device, or the two could not be joined by an index.
    serial = models.CharField(max_length=32)
    model = models.CharField(max_length=64)
    type = models.CharField(max_length=8, choices=DeviceType)
    sku = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    master = models.BooleanField(default=False)
    version = models.CharField(max_length=255, blank=True)
    version_time = models.DateTimeField(null=True)
    version_eos_time = models.DateTimeField(null=True)
    suggested_version = models.CharField(max_length=255, blank=True)
    eol_time = models.DateTimeField(null=True)
    eos_time = models.DateTimeField(null=True)
    warranty = models.CharField(max_length=255, blank=True)
    warranty_type = models.CharField(max_length=64, blank=True)
    warranty_time = models.DateTimeField(null=True)
    contract = models.CharField(max_length=255, blank=True)
    contract_time = models.DateTimeField()

    device = models.ForeignObject(
        Device,
        on_delete=models.DO_NOTHING,
        from_fields=("org", "serial"),
        to_fields=("org", "serial"),
        null=True,
        related_name="+",
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "serial"], name="installeddevice_once_in_account"),
        )
        indexes = (models.Index(fields=["org", "serial", "contract_time", "id"], name="installeddevice_org"),)

    def __str__(self) -> str:
        return f"{self.model} {self.serial}"


class DeviceEvent(models.Model):
    """What a device went through by itself, such as connecting. People's changes are audit entries."""

    # No constraint: a check-in must not pay for one, and whoever releases a device deletes its events.
    device = models.ForeignKey(
        Device, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    org_id = models.UUIDField()
    site_id = models.UUIDField(null=True)
    type = models.CharField(max_length=40)
    timestamp = models.DateTimeField(default=timezone.now)
    facts = models.JSONField(default=dict)

    objects = TenantQuerySet.as_manager()

    site_field = "site_id"

    class Meta:
        indexes = (
            models.Index(fields=["device", "-timestamp", "-id"], name="deviceevent_of_device"),
            models.Index(fields=["org_id", "-timestamp", "-id"], name="deviceevent_of_org"),
            models.Index(fields=["site_id", "-timestamp", "-id"], name="deviceevent_of_site"),
        )

    def __str__(self) -> str:
        return self.type
