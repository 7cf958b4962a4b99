"""Accounts elsewhere that open an account here."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class OauthIdentity(models.Model):
    """A person as an OpenID provider names them (`issuer`, `subject`); no e-mail address says who it is."""

    admin = models.OneToOneField("accounts.Admin", on_delete=models.CASCADE, related_name="oauth_identity")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    email = models.CharField(max_length=254, blank=True)
    created_time = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["issuer", "subject"], name="oauthidentity_once"),)

    def __str__(self) -> str:
        return self.subject


class OauthState(models.Model):
    """An attempt that was begun and may be finished once: `digest` is of its state.

    The verifier and the nonce belong to the session that began it; this row only decides who comes first.
    """

    digest = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest
