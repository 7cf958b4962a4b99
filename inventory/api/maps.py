"""REST: floorplans, their pictures and imports, for who edits maps and for installers."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import FileResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from inventory import floorplans, map_imports
from inventory.map_files import ImportOptions, Upload, read_upload
from inventory.queries.installing import get_installable_site
from mistadmin.core.access import EDIT_MAPS, INSTALL
from mistadmin.core.errors import Invalid
from mistadmin.core.http import ApiView, JsonParser, read_json
from mistadmin.core.once import once
from mistadmin.core.openapi import LIST, PAGE, PAGED_LIST
from mistadmin.core.paging import MOST, Page
from mistadmin.core.pictures import drawn_plan
from mistadmin.core.shapes import parse
from mistadmin.core.versions import version_of
from orgs.queries import place_of_org
from sites import map_queries as queries
from sites import maps
from sites.map_shapes import MapShape, map_document, map_row
from sites.queries import get_site, place_of_site


class MapView(ApiView):
    """What answers with one floorplan."""

    def answer(self, row: Any) -> Response:
        """The floorplan with its tag."""
        return self.tagged(map_row(row), version_of(row, map_document(row)))


class SiteMaps(MapView):
    """listSiteMaps, createSiteMap."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": MapShape}

    def get(self, request: Request, site_id: UUID) -> Response:
        site = place_of_site(self.actor, site_id)
        found = queries.page_of_maps(self.actor, site, page=Page.of(request.query_params))
        return self.paged(found, found.rows)

    def post(self, request: Request, site_id: UUID) -> Response:
        site = get_site(self.actor, site_id)
        return self.answer(maps.create_map(self.actor, site, values=self.body_object()))


class SiteMap(MapView):
    """getSiteMap, updateSiteMap, deleteSiteMap: devices on it stay at the site."""

    bodies = {"put": MapShape}
    has_tag = True

    def get(self, request: Request, site_id: UUID, map_id: UUID) -> Response:
        return self.answer(queries.get_map(self.actor, place_of_site(self.actor, site_id), map_id))

    def put(self, request: Request, site_id: UUID, map_id: UUID) -> Response:
        row = queries.get_map(self.actor, place_of_site(self.actor, site_id), map_id, need=EDIT_MAPS)
        return self.answer(maps.update_map(self.actor, row, changes=self.body_object(), seen=self.seen))

    def delete(self, request: Request, site_id: UUID, map_id: UUID) -> Response:
        row = queries.get_map(self.actor, place_of_site(self.actor, site_id), map_id, need=EDIT_MAPS)
        floorplans.delete_map(self.actor, row, seen=self.seen)
        return Response({})


class MapImage(ApiView):
    """addSiteMapImage, deleteSiteMapImage: the picture is the part `file`."""

    files = ("file",)
    parser_classes = (MultiPartParser, JsonParser)

    def post(self, request: Request, site_id: UUID, map_id: UUID) -> Response:
        row = queries.get_map(self.actor, place_of_site(self.actor, site_id), map_id, need=EDIT_MAPS)
        maps.add_image(self.actor, row, plan=drawn_plan(_picture(request)))
        return Response({})

    def delete(self, request: Request, site_id: UUID, map_id: UUID) -> Response:
        row = queries.get_map(self.actor, place_of_site(self.actor, site_id), map_id, need=EDIT_MAPS)
        maps.remove_image(self.actor, row)
        return Response({})


class MapReplacement(ApiView):
    """replaceSiteMapImage: the picture is the part `file`, where it lies on the old one the part `json`."""

    files = ("file", "json")

    parser_classes = (MultiPartParser, JsonParser)

    def post(self, request: Request, site_id: UUID, map_id: UUID) -> Response:
        row = queries.get_map(self.actor, place_of_site(self.actor, site_id), map_id, need=EDIT_MAPS)
        raw, wish = _picture(request), parse(floorplans.Replacing, _json(request))
        floorplans.replace_image(self.actor, row, plan=drawn_plan(raw), transform=wish.transform)
        return Response({})


class MapFile(ApiView):
    """What `url` and `thumbnail_url` lead to, for sessions and tokens alike."""

    # A file of the portal, and no operation of Mist's API.
    schema = None

    def get(self, request: Request, org_id: UUID, site_id: UUID, map_id: UUID, name: str) -> FileResponse:
        path = maps.image_path(self.actor, org_id, site_id, map_id, name)
        # A picture is never changed under its name.
        headers = {"Cache-Control": "private, max-age=604800, immutable", "X-Content-Type-Options": "nosniff"}
        return FileResponse(path.open("rb"), content_type="image/jpeg", headers=headers)


class MapImport(ApiView):
    """importSiteMaps: a picture or an Ekahau project; access points at the site are placed."""

    files = ("file", "csv", "json")
    parser_classes = (MultiPartParser, JsonParser)
    assigns: ClassVar[bool] = False

    def post(self, request: Request, **place: Any) -> Response:
        site = self.site(**place)
        upload = _upload(request)
        return Response(map_imports.import_maps(self.actor, site, upload=upload, assigns=self.assigns))

    def site(self, site_id: UUID) -> Any:
        """The site to import to, once it is known that the actor may."""
        return queries.site_to_map(self.actor, site_id)


class OrgMapImport(MapImport):
    """importOrgMaps: the same with access points that have no site yet; `json` names the site."""

    assigns = True

    def site(self, org_id: UUID) -> Any:
        org = queries.org_to_map(self.actor, place_of_org(self.actor, org_id))
        site_id = parse(ImportOptions, _json(self.request)).site_id
        if site_id is None:
            raise Invalid({"json.site_id": "is required"})
        return queries.site_to_map(self.actor, site_id, org_id=org.org_id)


class NamedMapImport(MapImport):
    """importOrgMapToSite: the same to the site of this name."""

    assigns = True

    def site(self, org_id: UUID, site_name: str) -> Any:  # type: ignore[override]
        return queries.named_site_to_map(self.actor, place_of_org(self.actor, org_id), site_name)


class InstallerMaps(ApiView):
    """listInstallerMaps."""

    answers = {"get": LIST}

    def get(self, request: Request, org_id: UUID, site_name: str) -> Response:
        site = get_installable_site(self.actor, place_of_org(self.actor, org_id), site_name)
        return Response(queries.page_of_maps(self.actor, site, page=Page(limit=MOST), need=INSTALL).rows)


class InstallerMap(MapView):
    """createInstallerMap, updateInstallerMap, deleteInstallerMap: who creates one makes its id."""

    bodies = {"post": MapShape, "put": MapShape}

    @once
    def post(self, request: Request, org_id: UUID, site_name: str, map_id: UUID) -> Response:
        site = get_installable_site(self.actor, place_of_org(self.actor, org_id), site_name)
        values = self.body_object()
        return Response(map_row(floorplans.install_map(self.actor, site, map_id=map_id, values=values)))

    @once
    def put(self, request: Request, org_id: UUID, site_name: str, map_id: UUID) -> Response:
        row = self._map(org_id, site_name, map_id)
        return Response(map_row(floorplans.adjust_map(self.actor, row, changes=self.body_object())))

    @once
    def delete(self, request: Request, org_id: UUID, site_name: str, map_id: UUID) -> Response:
        floorplans.withdraw_map(self.actor, self._map(org_id, site_name, map_id))
        return Response({})

    def _map(self, org_id: UUID, site_name: str, map_id: UUID) -> Any:
        site = get_installable_site(self.actor, place_of_org(self.actor, org_id), site_name)
        return queries.get_map(self.actor, site, map_id, need=INSTALL)


class InstallerMapImport(ApiView):
    """importInstallerMap: as importOrgMapToSite, within what installers may."""

    files = ("file", "csv", "json")
    parser_classes = (MultiPartParser, JsonParser)

    @once
    def post(self, request: Request, org_id: UUID, site_name: str) -> Response:
        site = get_installable_site(self.actor, place_of_org(self.actor, org_id), site_name)
        return Response(map_imports.install_maps(self.actor, site, upload=_upload(request)))


def _picture(request: Request) -> bytes:
    sent = request.FILES.get("file")
    if sent is None:
        raise Invalid({"file": "is required"})
    raw: bytes = sent.read()
    return raw


def _json(request: Request) -> Any:
    """The part `json`, which clients send as a field or as a file."""
    file, sent = request.FILES.get("json"), _fields(request).get("json")
    if file is None and not isinstance(sent, str):
        return sent or {}
    try:
        return read_json(file.read() if file else sent.encode())
    except Invalid as error:
        raise Invalid({"json": str(error)}) from None


def _fields(request: Request) -> Any:
    """The parts that are no files; raises Invalid for JSON that is no object, which has none."""
    if not hasattr(request.data, "get"):
        raise Invalid("The body must be a form (multipart/form-data) with the part file.")
    return request.data


def _upload(request: Request) -> Upload:
    options = parse(ImportOptions, _json(request))
    if str(_fields(request).get("auto_deviceprofile_assignment", "")).lower() in ("true", "1"):
        raise Invalid({"auto_deviceprofile_assignment": "is not done here: use the auto-provisioning rules"})
    file, names = request.FILES.get("file"), request.FILES.get("csv")
    return read_upload(file, file.name if file else "", names.read() if names else None, options)
