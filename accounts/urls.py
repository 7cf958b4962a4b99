"""Portal addresses of accounts."""

from __future__ import annotations

from django.urls import path

from accounts import explorer_views, token_views, views

_TOKENS = "orgs/<uuid:org_id>/settings/tokens"

urlpatterns = [
    path("login", views.Login.as_view()),
    path("logout", views.Logout.as_view()),
    path("register", views.Register.as_view()),
    path("register/sent", views.RegisterSent.as_view()),
    path("verify/register", views.Verify.as_view()),
    path("mailbox", views.Mailbox.as_view()),
    path("mailbox/<str:name>", views.MailboxMessage.as_view()),
    path("account", views.Account.as_view()),
    path("account/password", views.Password.as_view()),
    path("orgs/create", views.CreateOrg.as_view()),
    path("orgs/<uuid:org_id>/access", explorer_views.Explorer.as_view()),
    path("orgs/<uuid:org_id>/access/preview", explorer_views.StartPreview.as_view()),
    path("preview/end", explorer_views.EndPreview.as_view()),
    path(_TOKENS, token_views.Tokens.as_view()),
    path(f"{_TOKENS}/create", token_views.CreateToken.as_view()),
    path(f"{_TOKENS}/<uuid:token_id>", token_views.Token.as_view()),
    path(f"{_TOKENS}/<uuid:token_id>/revoke", token_views.RevokeToken.as_view()),
]
