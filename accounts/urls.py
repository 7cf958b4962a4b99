"""Portal addresses of accounts."""

from __future__ import annotations

from django.urls import path

from accounts import account_view, explorer_views, invite_views, sign_in_views, token_views, views
from accounts.oauth import views as google
from accounts.sso import views as sso

_TOKENS = "orgs/<uuid:org_id>/settings/tokens"

urlpatterns = [
    path("login", views.Login.as_view()),
    path("login/google", google.Login.as_view()),
    path("login/google/callback", google.Callback.as_view()),
    path("account/google/link", google.Link.as_view()),
    path("account/google/unlink", google.Unlink.as_view()),
    path("login/sso", sso.Start.as_view()),
    path("login/sso/<slug:domain>", sso.Go.as_view()),
    path("logout", views.Logout.as_view()),
    path("register", views.Register.as_view()),
    path("register/sent", views.RegisterSent.as_view()),
    path("verify/register", views.Verify.as_view()),
    path("verify/invite", invite_views.Invitation.as_view()),
    path("mailbox", views.Mailbox.as_view()),
    path("mailbox/<str:name>", views.MailboxMessage.as_view()),
    path("login/code", sign_in_views.Code.as_view()),
    path("recover", sign_in_views.Recover.as_view()),
    path("recover/sent", sign_in_views.RecoverSent.as_view()),
    path("verify/recover", sign_in_views.VerifyRecovery.as_view()),
    path("verify/update", sign_in_views.VerifyNewEmail.as_view()),
    path("account", account_view.Account.as_view()),
    path("account/email", account_view.NewEmail.as_view()),
    path("account/password", views.Password.as_view()),
    path("account/two_factor", account_view.TwoFactor.as_view()),
    path("account/two_factor/disable", account_view.DisableTwoFactor.as_view()),
    path("account/two_factor/codes", account_view.RecoveryCodes.as_view()),
    path("orgs/create", views.CreateOrg.as_view()),
    path("orgs/<uuid:org_id>/access", explorer_views.Explorer.as_view()),
    path("orgs/<uuid:org_id>/access/preview", explorer_views.StartPreview.as_view()),
    path("preview/end", explorer_views.EndPreview.as_view()),
    path(_TOKENS, token_views.Tokens.as_view()),
    path(f"{_TOKENS}/create", token_views.CreateToken.as_view()),
    path(f"{_TOKENS}/<uuid:token_id>", token_views.Token.as_view()),
    path(f"{_TOKENS}/<uuid:token_id>/revoke", token_views.RevokeToken.as_view()),
]
