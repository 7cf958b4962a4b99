"""What templates name is there: a missing file would show only on the page that asks for it, as an error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.template.loader import get_template

from mistadmin.core.bundles import BUNDLES

TEMPLATES: Final = Path(settings.BASE_DIR) / "templates"
STATIC: Final = Path(settings.BASE_DIR) / "static"
PAGES: Final = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
_BUNDLE: Final = re.compile(r"""{% bundle ['"]([^'"]+)['"]""")
_STATIC_NAME: Final = re.compile(r"""{% static ['"]([^'"]+)['"]""")
_INCLUDED: Final = re.compile(r"""{% (?:include|extends) ['"]([^'"]+)['"]""")
_IMPORTED: Final = re.compile(r"""(?:from|import) ["']\./([^"']+)["']""")


def names(pattern: re.Pattern[str], page: str) -> list[str]:
    return pattern.findall((TEMPLATES / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_template_parses_and_names_files_that_exist(page):
    get_template(page)
    for included in names(_INCLUDED, page):
        get_template(included)
    parts = [name for bundle in names(_BUNDLE, page) for name in BUNDLES[bundle]]
    for name in [*names(_STATIC_NAME, page), *parts]:
        assert find(name), f"{page} asks for static/{name}, which does not exist: mend the name"


def test_every_static_file_of_ours_is_asked_for():
    used = {name for page in PAGES for name in names(_STATIC_NAME, page)}
    used |= {name for page in PAGES for bundle in names(_BUNDLE, page) for name in BUNDLES[bundle]}
    for script in (STATIC / "js").glob("*.js"):
        used |= {f"js/{name}" for name in _IMPORTED.findall(script.read_text(encoding="utf-8"))}
    ours = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()}
    assert not ours - used, "no template and no script asks for these: delete them"


def test_every_custom_property_that_styles_use_is_set():
    styles = "\n".join(path.read_text(encoding="utf-8") for path in (STATIC / "css").glob("*.css"))
    used = set(re.findall(r"var\((--[\w-]+)", styles))
    known = set(re.findall(r"(--[\w-]+)\s*:", styles))
    assert not used - known, "a misspelt one paints nothing: mend its name"
