"""The Auto-Provisioning window: three tabs of cards, and the organization setting they stand for.

Names of the fields: templates/orgs/autoprovisioning.html.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from autoprovision.engine.rules import SETTING_KEYS, Aspect, Rule, read_setting
from autoprovision.forms.cards import (
    UNSHOWN,
    Card,
    Row,
    card_of_form,
    cards_of_rules,
    count_of,
    is_number,
    posted_rows,
)
from mistadmin.core.errors import Invalid

LABELS: Final[dict[Aspect, str]] = {
    "site": "Site Assignment",
    "name": "AP Name Generation",
    "profile": "Profile Assignment",
}
# Key of the organization setting -> the tab that shows it.
SECTION_LABELS: Final = {SETTING_KEYS[aspect]: label for aspect, label in LABELS.items()}
_ASSIGNMENT_SOURCES: Final = (
    ("lldp_system_name", "LLDP System Name"),
    ("subnet", "Subnet"),
    ("model", "AP Model"),
    ("name", "AP Name"),
    ("dns_suffix", "DNS Suffix"),
    ("lldp_port_desc", "LLDP Port Description"),
    ("ext_ip", "External IP Address"),
)
_NAMING_SOURCES: Final = (("lldp_port_desc", "LLDP Port Description"), ("mac", "MAC Address"))
# The card of a rule, and its row when the card is a table.
Place = tuple[Card, Row | None]


@dataclass(slots=True)
class Tab:
    """One tab of the window: whether it is enabled, its cards, and what does not belong to one card."""

    key: Aspect
    enable: bool = False
    rules: list[Card] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.key]

    @property
    def sources(self) -> list[tuple[str, str]]:
        """The sources to choose from: the guide's, and those that rules set through the API use."""
        known = _NAMING_SOURCES if self.key == "name" else _ASSIGNMENT_SOURCES
        used = {card.src for card in self.rules} - {src for src, _ in known}
        return [*known, *((src, UNSHOWN.get(src, src)) for src in sorted(used))]

    def blank(self) -> Card:
        """A new card."""
        return Card("lldp_port_desc" if self.key == "name" else "lldp_system_name")

    def places(self) -> Iterator[Place]:
        """For each rule of the setting in order the card, and the row when the card is a table."""
        for card in self.rules:
            if card.column:
                yield from ((card, row) for row in card.filled())
            else:
                yield card, None


@dataclass(slots=True)
class Window:
    """The three tabs, and which of them is open."""

    tabs: dict[Aspect, Tab]
    open: Aspect = "site"

    @classmethod
    def of_setting(cls, setting: Mapping[str, Any], opened: str = "") -> Window:
        """The window as an organization setting fills it; a tab without rules offers a blank one."""
        tabs = {aspect: _tab_of_section(aspect, setting.get(SETTING_KEYS[aspect]) or {}) for aspect in LABELS}
        return cls(tabs, _aspect(opened))

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> Window:
        """The window as it was posted, with everything that was typed."""
        rows = posted_rows(form)
        tabs = {aspect: _tab_of_form(aspect, form, rows) for aspect in LABELS}
        return cls(tabs, _aspect(form.get("tab", "")))

    def changes(self, setting: Mapping[str, Any]) -> dict[str, Any]:
        """The three objects of the setting; raises Invalid after marking the cards that cannot be saved."""
        sections = {}
        for aspect, tab in self.tabs.items():
            stored = setting.get(SETTING_KEYS[aspect]) or {}
            rules = self._rules(tab, stored)
            if stored or tab.enable or rules:
                sections[SETTING_KEYS[aspect]] = {**stored, "enable": tab.enable, "rules": rules}
        if any(card.errors for tab in self.tabs.values() for card in tab.rules):
            self._open_first_error()
            raise Invalid("Nothing was saved. Correct the marked fields and try again.")
        return sections

    def take(self, setting: Mapping[str, Any], *, besides: Container[str]) -> None:
        """Show a setting in every tab but those of these keys."""
        for aspect, tab in Window.of_setting(setting).tabs.items():
            if SETTING_KEYS[aspect] not in besides:
                self.tabs[aspect] = tab

    def show_errors(self, error: Invalid) -> str:
        """Put each problem of the setting at its card and row; give what belongs to none as a sentence."""
        rest, places = [], self._places()
        for path, text in error.fields.items():
            tab, place, name = self._find(path, places)
            if place:
                place[0].mark_error(place[1], name, text)
            elif tab:
                tab.error = "; ".join(filter(None, [tab.error, text]))
            else:
                rest.append(text)
        self._open_first_error()
        return "; ".join(rest) or ("" if error.fields else str(error))

    def show_warnings(self, found: Mapping[str, str]) -> None:
        """Put each doubt about the setting at its card."""
        places = self._places()
        for path, text in found.items():
            _, place, _ = self._find(path, places)
            if place:
                place[0].mark_warning(text)

    @property
    def segments(self) -> list[tuple[int, str]]:
        """The segments to choose from: the first ten, and those that rules use."""
        used = {card.segment for tab in self.tabs.values() for card in tab.rules if card.segment}
        return [(nth, _ordinal(nth)) for nth in sorted({*range(1, 11), *used})]

    def _rules(self, tab: Tab, stored: Mapping[str, Any]) -> list[dict[str, Any]]:
        shown = [replace(card, sample="", preview=None) for card in tab.rules]
        untouched = not tab.enable and not stored.get("rules") and shown == [tab.blank()]
        rules: list[dict[str, Any]] = []
        for card in [] if untouched else tab.rules:
            try:
                rules += card.rules()
            except Invalid as error:
                card.errors = error.fields
        return rules

    def _places(self) -> dict[Aspect, list[Place]]:
        return {aspect: list(tab.places()) for aspect, tab in self.tabs.items()}

    def _find(self, path: str, places: Mapping[Aspect, list[Place]]) -> tuple[Tab | None, Place | None, str]:
        """The tab, card and row, and field that a path such as auto_site_assignment.rules.2.subnet names."""
        key, _, rest = path.partition(".")
        aspect = next((one for one in LABELS if SETTING_KEYS[one] == key), None)
        if aspect is None:
            return None, None, ""
        number, _, name = rest.removeprefix("rules").lstrip(".").partition(".")
        found = number.isdigit() and int(number) < len(places[aspect])
        return self.tabs[aspect], places[aspect][int(number)] if found else None, name

    def _open_first_error(self) -> None:
        wrong = [
            key for key, tab in self.tabs.items() if tab.error or any(card.is_wrong for card in tab.rules)
        ]
        if wrong and self.open not in wrong:
            self.open = wrong[0]
        for key in wrong:
            self.tabs[key].error = self.tabs[key].error or "Correct the marked fields and try again."


def reshape(window: Window, form: Mapping[str, str]) -> Tab | None:
    """Do what an add, remove, up or down button asks; the tab it concerns, None when none was pressed."""
    for name, verb in _VERBS.items():
        if name in form:
            aspect, *numbers = form[name].split("-")
            if aspect not in LABELS or not all(map(is_number, numbers)) or "" in numbers:
                raise Invalid("The form is not known.")
            tab = window.tabs[_aspect(aspect)]
            try:
                verb(tab, *map(int, numbers))
            except (IndexError, TypeError):
                raise Invalid("This rule is not there any more.") from None
            window.open = tab.key
            return tab
    return None


def summary(setting: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Label, enable and number of rules of each tab, for the settings page."""
    sections = {aspect: setting.get(SETTING_KEYS[aspect]) or {} for aspect in LABELS}
    return [
        {"label": LABELS[key], "enable": bool(one.get("enable")), "rules": len(_cards(key, one))}
        for key, one in sections.items()
    ]


def sentences(setting: Mapping[str, Any], found: Mapping[str, str]) -> list[str]:
    """Problems of a setting with their places in words: "Site Assignment, rule 3, row 2: …"."""
    rules = {SETTING_KEYS[one]: (LABELS[one], read_setting(setting, one).rules) for one in LABELS}
    return [_sentence(path, text, rules) for path, text in found.items()]


def _sentence(path: str, text: str, rules: Mapping[str, tuple[str, Sequence[Rule]]]) -> str:
    key, _, rest = path.partition(".rules")
    label, those = rules.get(key, (key, ()))
    number = rest.lstrip(".").partition(".")[0]
    return f"{label}, {those[int(number)].called}: {text}" if number.isdigit() else f"{label}: {text}"


def _add(tab: Tab, card: int | None = None) -> None:
    if card is None:
        tab.rules.append(tab.blank())
    else:
        tab.rules[card].rows.append(Row())


def _remove(tab: Tab, card: int, row: int | None = None) -> None:
    del (tab.rules if row is None else tab.rules[card].rows)[card if row is None else row]


def _move(tab: Tab, card: int, step: int) -> None:
    if 0 <= card + step < len(tab.rules):
        tab.rules.insert(card + step, tab.rules.pop(card))


_VERBS: Final[dict[str, Callable[..., None]]] = {
    "add": _add,
    "remove": _remove,
    "up": lambda tab, card: _move(tab, card, -1),
    "down": lambda tab, card: _move(tab, card, 1),
}


def _tab_of_section(aspect: Aspect, section: Mapping[str, Any]) -> Tab:
    tab = Tab(aspect, enable=bool(section.get("enable")))
    tab.rules = _cards(aspect, section) or [tab.blank()]
    return tab


def _cards(aspect: Aspect, section: Mapping[str, Any]) -> list[Card]:
    return cards_of_rules(section.get("rules") or [], Tab(aspect).blank().src)


def _tab_of_form(aspect: Aspect, form: Mapping[str, str], rows: Mapping[str, list[int]]) -> Tab:
    prefixes = [f"{aspect}-{i}" for i in range(count_of(form, f"{aspect}-count"))]
    cards = [card_of_form(one, form, rows.get(one, [])) for one in prefixes if f"{one}-src" in form]
    return Tab(aspect, form.get(f"{aspect}-enable") == "1", cards)


def _aspect(text: str) -> Aspect:
    return next((aspect for aspect in LABELS if aspect == text), "site")


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 11 <= number % 100 <= 13 else ending}"
