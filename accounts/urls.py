"""Portal addresses of accounts."""

from __future__ import annotations

from django.urls import path

from accounts import views
from accounts.oauth import views as google
from accounts.sso import views as sso

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
    path("mailbox", views.Mailbox.as_view()),
    path("mailbox/<str:name>", views.MailboxMessage.as_view()),
    path("account", views.Account.as_view()),
    path("account/password", views.Password.as_view()),
    path("orgs/create", views.CreateOrg.as_view()),
]
