"""What people do with an instance in which every secret is a canary: the doors that take or give secrets.

Each function goes through some doors and plants what it typed or was shown.
"""

from __future__ import annotations

import csv
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from lxml import etree

from deviceapi.simulator.juniper.catalog import ACCOUNTS
from deviceapi.simulator.juniper.server import token_of
from mistadmin.demo.instance import Instance
from tests.accounts.codes import code_of
from tests.canaries.browser import Caller
from tests.canaries.needles import Needles
from tests.oauth.provider import Provider
from tests.sso.idp import DS, IdP, encoded
from tests.sso.idp import assertion_of as saml_assertion
from tests.sso.idp import sign as saml_sign

PATIENCE: Final = 60  # seconds
_LINK: Final = re.compile(r"https?://\S+/verify/\w+\?\S*token=(\S+)")
# Kinds of configuration documents, and what each of them keeps secret.
KINDS: Final = ("templates", "rftemplates", "deviceprofiles")
SECRET_KEYS: Final = {
    "psk": lambda secret: {"auth": {"type": "psk", "psk": secret}},
    "radius secret": lambda secret: {"auth_servers": [{"host": "10.0.0.1", "secret": secret}]},
    "portal api secret": lambda secret: {"portal": {"portal_api_secret": secret, "enabled": True}},
}
SETTINGS: Final = {
    "root password": lambda secret: {"switch_mgmt": {"root_password": secret}},
    "cloudshark token": lambda secret: {"cloudshark": {"apitoken": secret}},
    "snmp community": lambda secret: {"snmp_config": {"v2c_config": [{"community_name": secret}]}},
    "radsec key": lambda secret: {"radsec": {"private_key": secret}},
    "vpn pre-shared key": lambda secret: {"vpn_options": {"pre_shared_key": secret}},
    "webhook secret": lambda secret: {"webhook": {"url": "https://hook.example", "secret": secret}},
}


def fresh(words: str = "") -> str:
    """A secret that nothing else holds."""
    return f"{words}{'-' if words else ''}{secrets.token_hex(9)}"


@dataclass
class Stage:
    """The instance, its mail as (recipient, text), and who has called it."""

    instance: Instance
    inbox: Any
    needles: Needles = field(default_factory=Needles)
    callers: list[Caller] = field(default_factory=list)

    def caller(self, name: str, *, token: str = "") -> Caller:
        """Somebody new."""
        caller = Caller(self.instance.base, self.needles, name, token=token)
        self.callers.append(caller)
        return caller

    def mail_to(self, address: str, word: str) -> str:
        """The text of a message to somebody, once it has come."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for to, message in list(self.inbox.messages):
                text: str = message.get_body(("plain",)).get_content()
                if to == [address] and word in text:
                    return text
            time.sleep(0.1)
        raise AssertionError(f"no message about {word!r} has come to {address}")

    def link(self, name: str, address: str, word: str) -> str:
        """Plant the token of the link that was mailed to somebody."""
        found = _LINK.search(self.mail_to(address, word))
        assert found
        return self.needles.plant(f"link {name}", unquote(found[1]))


def sign_up(stage: Stage) -> Caller:
    """Register, validate, log in, set up a second factor, replace the password."""
    ada, plant, email = stage.caller("ada"), stage.needles.plant, "ada@example.com"
    first = plant("password of the registration", fresh("first"))
    values = {"email": email, "password": first, "first_name": "Ada", "last_name": "Admin"}
    ada.ok("POST", "/register", values)
    ada.ok("POST", f"/register/verify/{stage.link('of the registration', email, '/verify/register')}")
    ada.ok("POST", "/login", {"email": email, "password": first})
    seed = plant("totp seed of ada", ada.ok("GET", "/self/two_factor/token")["two_factor_secret"])
    codes = ada.ok("POST", "/self/two_factor/verify", {"two_factor": code_of(seed)})["recovery_codes"]
    for number, code in enumerate(codes):
        plant(f"recovery code {number}", code)
    new = plant("password that replaced it", fresh("second"))
    ada.ok("PUT", "/self", {"password": new, "current_password": first})
    again = stage.caller("ada elsewhere")
    again.ok("POST", "/login", {"email": email, "password": new})
    again.ok("POST", "/login/two_factor", {"two_factor": codes[0]})
    return ada


def invite(stage: Stage, ada: Caller, org: str, site_id: str) -> Caller:
    """Invite an observer, who accepts, forgets the password, and asks for another address."""
    plant, email = stage.needles.plant, "nora@example.com"
    ada.ok("POST", f"{org}/invites", {"email": email, "privileges": [{"scope": "org", "role": "read"}]})
    token = stage.link("of the invitation", email, "/verify/invite")
    wrong = stage.caller("somebody else's browser")
    wrong.page("/verify/invite?token=x")
    # Somebody else opens it, and it stays good.
    assert ada.call("POST", f"/invite/verify/{token}").status_code == 404
    nora = stage.caller("nora")
    nora.page(f"/verify/invite?token={token}")
    first = plant("password of the invited", fresh("third"))
    form = {"token": token, "first_name": "Nora", "last_name": "New", "password": first}
    assert nora.page("/verify/invite", form).status_code == 302
    nora.ok("POST", "/self/update", {"email": "new@example.com"})
    stage.link("of the new address", "new@example.com", "/verify/update")
    forgetful = stage.caller("nora without a password")
    forgetful.ok("POST", "/recover", {"email": email})
    token = stage.link("of the forgotten password", email, "/verify/recover")
    forgetful.ok("POST", f"/recover/verify/{token}")
    forgetful.ok("PUT", "/self", {"password": plant("password after it was forgotten", fresh("fourth"))})
    pending = {"scope": "site", "site_id": site_id, "role": "installer"}
    ada.ok("POST", f"{org}/invites", {"email": "late@example.com", "privileges": [pending]})
    unused = stage.link("of the pending invitation", "late@example.com", "/verify/invite")
    assert forgetful.call("POST", f"/invite/verify/{unused}").status_code == 404
    return forgetful


def make_tokens(stage: Stage, ada: Caller, org: str) -> list[Caller]:
    """API tokens of a person and of the organization; callers with the latter's, a low role last."""
    callers = []
    for number in range(2):
        key = ada.ok("POST", "/self/apitokens", {"name": f"script {number}"})["key"]
        stage.needles.plant(f"token of ada {number}", key)
        stage.caller(f"ada's script {number}", token=key).ok("GET", "/self")
    for role in ("write", "helpdesk"):
        wish = {"name": role, "privileges": [{"scope": "org", "role": role}]}
        key = stage.needles.plant(f"token of the org {role}", ada.ok("POST", f"{org}/apitokens", wish)["key"])
        callers.append(stage.caller(f"token {role}", token=key))
    return callers


def configure(stage: Stage, ada: Caller, org: str, site_id: str) -> list[str]:
    """Documents and settings full of secrets, each changed once; the paths that show them."""
    paths = []
    for kind in KINDS:
        for name, spelled in SECRET_KEYS.items():
            said = {"name": f"{name} of {kind}", "type": "ap"} if kind == "deviceprofiles" else {"name": name}
            old, new = (stage.needles.plant(f"document {name} of {kind} {n}", fresh(name)) for n in (1, 2))
            doc = ada.ok("POST", f"{org}/{kind}", {**said, **spelled(old)})
            ada.ok("PUT", f"{org}/{kind}/{doc['id']}", spelled(new))
            paths.append(f"{org}/{kind}/{doc['id']}")
    for place in (org, f"/sites/{site_id}"):
        for name, spelled in SETTINGS.items():
            where = "org" if place == org else "site"
            ada.ok(
                "PUT",
                f"{place}/setting",
                spelled(stage.needles.plant(f"document {name} of {where}", fresh())),
            )
    ada.ok("PUT", f"/sites/{site_id}", {"sdk_secret": stage.needles.plant("document sdk of site", fresh())})
    ada.ok("PUT", org, {"partner_token": stage.needles.plant("document partner of org", fresh())})
    return [*paths, f"{org}/setting", f"/sites/{site_id}/setting", f"/sites/{site_id}", org]


def own_devices(stage: Stage, ada: Caller, org: str, site_id: str) -> list[str]:
    """Claim two units, configure one, let it call in, release the other through a job; the paths."""
    target = stage.instance.home / "units.csv"
    stage.instance.run("units", "make", "--model", "AP45", "--count", "2", "--csv", str(target))
    units = list(csv.DictReader(target.open()))
    target.unlink()
    for number, unit in enumerate(units):
        stage.needles.plant(f"device secret {number}", unit["secret"])
    claimed = ada.ok("POST", f"{org}/inventory", [unit["claim_code"] for unit in units])["inventory_added"]
    macs = [one["mac"] for one in claimed]
    ada.ok("PUT", f"{org}/inventory", {"op": "assign", "site_id": site_id, "macs": macs})
    rows = ada.ok("GET", f"/sites/{site_id}/devices")
    for number, row in enumerate(rows):
        key = stage.needles.plant(f"document bgp key of device {number}", fresh())
        ada.ok("PUT", f"/sites/{site_id}/devices/{row['id']}", {"bgp_config": {"auth_key": key}})
    ada.page(f"{org}/inventory")
    form = {"ids": rows[1]["id"], "confirm": "1"}
    assert ada.page(f"{org}/inventory/actions/release", form).status_code == 302
    for kind in ("switch", "gateway"):
        page = ada.page(f"{org}/inventory/adopt?type={kind}").text
        found = set(re.findall(r"\b[0-9a-f]{64}\b", page))
        for number, secret in enumerate(sorted(found - set(stage.needles.known.values()))):
            stage.needles.plant(f"adopt secret {kind} {number}", secret)
    stage.instance.run("simulate", "--org", org.rpartition("/")[2], "--url", stage.instance.base, "--once")
    return [f"/sites/{site_id}/devices/{rows[0]['id']}", f"/sites/{site_id}/devices", f"{org}/inventory"]


def link_juniper(stage: Stage, ada: Caller, org: str) -> None:
    """Link a Juniper account; a first try has the wrong password."""
    account, link = ACCOUNTS[0], f"{org}/setting/juniper/link_accounts"
    password = stage.needles.plant("juniper password", account.password)
    wrong = stage.needles.plant("juniper password that is wrong", fresh())
    assert ada.call("POST", link, {"username": account.username, "password": wrong}).status_code == 400
    ada.ok("POST", link, {"username": account.username, "password": password})
    stage.needles.plant("juniper token", token_of(account))


def single_sign_on(stage: Stage, ada: Caller, org: str) -> None:
    """Come in by SAML, be refused once, and keep what other providers would have had as a secret."""
    idp = IdP()
    secret = stage.needles.plant("document client secret of the provider", fresh())
    sso = ada.ok("POST", f"{org}/ssos", idp.provider(client_secret=secret))
    grants = [{"scope": "org", "role": "read"}]
    ada.ok("POST", f"{org}/ssoroles", {"name": "Operators", "privileges": grants})
    address = f"{stage.instance.base}/api/v1/saml/{sso['domain']}/login"
    for name, roles, status in (("good", ("Operators",), 302), ("refused", ("Strangers",), 403)):
        root = idp.response(address, roles=roles)
        saml_sign(root, saml_assertion(root), idp.owner)
        signature = root.find(f".//{{{DS}}}SignatureValue")
        assert signature is not None
        assert signature.text
        # Whoever had the signature of one that was refused could send the whole once more.
        stage.needles.plant(f"saml signature {name}", signature.text.strip().split("\n")[0])
        browser = requests.Session()
        browser.trust_env = False
        data = {"SAMLResponse": encoded(etree.tostring(root))}
        assert browser.post(address, data, timeout=30, allow_redirects=False).status_code == status


def sign_in_with_google(stage: Stage, ada: Caller, provider: Provider) -> None:
    """Link an account at an OpenID provider, then fail to use the code a second time."""
    asked = ada.ok("GET", "/self/oauth/google")["authorization_url"]
    back = urlsplit(provider.approve(asked))
    code = stage.needles.plant("oidc code", parse_qs(back.query)["code"][0])
    provider.raw_token = None
    ada.ok("POST", "/self/oauth/google", {"code": code})
    assert ada.call("POST", "/self/oauth/google", {"code": code}).status_code == 400


def fail_in_many_ways(stage: Stage, org: str, site_id: str, ada: Caller) -> None:
    """Type secrets wrongly, into wrong places, and at wrong addresses."""
    plant, stranger = stage.needles.plant, stage.caller("stranger")
    typed = {
        name: plant(f"typed wrongly: {name}", fresh(name)) for name in ("login", "broken", "path", "field")
    }
    login = {"email": "ada@example.com", "password": typed["login"]}
    assert stranger.call("POST", "/login", login).status_code == 400
    csrf = {"X-CSRFToken": ada.http.cookies["csrftoken"]}
    url = f"{stage.instance.base}/api/v1{org}/setting"
    sent = f'{{"cloudshark": {{"apitoken": "{typed["broken"]}"'
    broken = ada.http.put(
        url, sent.encode(), headers={"Content-Type": "application/json", **csrf}, timeout=30
    )
    assert broken.status_code == 400
    ada.answers.append(("answer to broken JSON", broken.content))
    assert stranger.call("POST", f"/recover/verify/{typed['path']}").status_code == 400
    stranger.page(f"/verify/recover?token={typed['path']}")
    assert (
        ada.call("PUT", f"{org}/setting", {"password": typed["field"], "password_policy": 7}).status_code
        == 400
    )
    for number, headers in enumerate(
        ({"Authorization": "Token {}"}, {"Authorization": "Bearer {}"}, {"Cookie": "sessionid={}"})
    ):
        secret = plant(f"typed wrongly: credential {number}", fresh())
        said = {name: value.format(secret) for name, value in headers.items()}
        assert stranger.call("GET", "/self", headers=said).status_code == 401
    wrong = {"password": fresh("new"), "current_password": plant("typed wrongly: current", fresh())}
    assert ada.call("PUT", "/self", wrong).status_code == 400
    assert (
        stranger.call(
            "PUT", f"/sites/{site_id}", {"psk": plant("typed wrongly: unseen", fresh())}
        ).status_code
        == 401
    )
    stranger.page("/login")
    stranger.page("/login", {"email": "ada@example.com", "password": plant("typed wrongly: page", fresh())})
    stranger.page("/login?password=" + plant("typed wrongly: address", fresh()))
