"""RF templates: radio settings that sites share (API: rftemplates)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from mistadmin.core.resources import Resource
from mistadmin.core.shapes import Doc, Name
from orgs.models import OrgDoc


class RfTemplateShape(Doc):
    name: Name
    country_code: Annotated[str, Field(pattern=r"^([A-Za-z]{2})?$")] | None = None
    ant_gain_24: int | None = None
    ant_gain_5: int | None = None
    ant_gain_6: int | None = None
    band_24: dict[str, Any] | None = None
    band_24_usage: Literal["24", "5", "6", "auto"] | None = None
    band_5: dict[str, Any] | None = None
    band_5_on_24_radio: dict[str, Any] | None = None
    band_6: dict[str, Any] | None = None
    model_specific: dict[str, dict[str, Any]] | None = None
    scanning_enabled: bool | None = None


RESOURCE = Resource(
    path="rftemplates", label="RF Template", shape=RfTemplateShape, model=OrgDoc, kind="rftemplates"
)
