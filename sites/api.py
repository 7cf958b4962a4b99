"""REST: sites, their settings, and site groups."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from mistadmin.core.http import ApiView
from mistadmin.core.openapi import LIST, PAGE, PAGED_LIST
from mistadmin.core.paging import Page
from mistadmin.core.versions import version_of
from orgs.queries import get_org, place_of_org
from sites import actions, queries, shapes
from sites.countries import countries, states
from sites.shapes import SiteGroupShape, SiteShape


class Countries(ApiView):
    """listCountryCodes."""

    answers = {"get": LIST}

    def get(self, request: Request) -> Response:
        return Response(countries())


class States(ApiView):
    """listStates."""

    query = {"get": ("country_code",)}
    answers = {"get": LIST}

    def get(self, request: Request) -> Response:
        return Response(states(request.query_params.get("country_code", "")))


class SiteView(ApiView):
    """What answers with one site."""

    def answer(self, site: Any) -> Response:
        """The site with its tag."""
        row = queries.site_as_row(site)
        return self.tagged(row, version_of(site, row))


class Sites(SiteView):
    """listOrgSites, createOrgSite."""

    query = {"get": ("name", *PAGE)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": SiteShape}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = place_of_org(self.actor, org_id)
        query = request.query_params
        found = queries.page_of_sites(self.actor, org, page=Page.of(query), name=query.get("name", ""))
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        return self.answer(actions.create_site(self.actor, org, values=self.body_object()))


class SiteSearch(ApiView):
    """searchOrgSites: by a part of the name."""

    query = {"get": ("name", *PAGE)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        query, now = request.query_params, int(time.time())
        page = Page.of(query)
        found = queries.search_sites(self.actor, org, page=page, name=query.get("name", "").strip("*"))
        return Response(
            {
                "results": found.rows,
                "start": now - 86_400,
                "end": now,
                "limit": page.limit,
                "page": page.number,
                "total": found.total,
            }
        )


class SiteCount(ApiView):
    """countOrgSites."""

    query = {"get": ("distinct",)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        distinct = request.query_params.get("distinct", "id")
        rows = queries.count_sites_by(self.actor, org, distinct)
        now = int(time.time())
        return Response(
            {
                "distinct": distinct,
                "results": rows,
                "start": now - 86_400,
                "end": now,
                "limit": 1000,
                "total": len(rows),
            }
        )


class Site(SiteView):
    """getSiteInfo, updateSiteInfo. inventory adds deleteSite, because devices leave the site first."""

    bodies = {"put": SiteShape}
    has_tag = True

    def get(self, request: Request, site_id: UUID) -> Response:
        return self.answer(queries.get_site(self.actor, site_id))

    def put(self, request: Request, site_id: UUID) -> Response:
        site = queries.get_site(self.actor, site_id)
        return self.answer(actions.update_site(self.actor, site, changes=self.body_object(), seen=self.seen))


class SiteSetting(ApiView):
    """getSiteSetting, updateSiteSettings."""

    bodies = {"put": shapes.SiteSetting}
    has_tag = True

    def get(self, request: Request, site_id: UUID) -> Response:
        return self._answer(queries.get_site(self.actor, site_id))

    def put(self, request: Request, site_id: UUID) -> Response:
        site = queries.get_site(self.actor, site_id)
        return self._answer(
            actions.update_setting(self.actor, site, changes=self.body_object(), seen=self.seen)
        )

    def _answer(self, site: Any) -> Response:
        return self.tagged(queries.get_setting(self.actor, site), version_of(site, site.setting))


class DerivedSetting(ApiView):
    """getSiteSettingDerived: the site's setting over what its templates say."""

    def get(self, request: Request, site_id: UUID) -> Response:
        return Response(queries.get_derived_setting(self.actor, queries.get_site(self.actor, site_id)))


class SiteGroupView(ApiView):
    """What answers with one site group."""

    def answer(self, group: Any) -> Response:
        """The site group with its tag."""
        version = version_of(group, shapes.sitegroup_document(group))
        return self.tagged(queries.sitegroup_as_row(self.actor, group), version)


class SiteGroups(SiteGroupView):
    """listOrgSiteGroups, createOrgSiteGroup."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": SiteGroupShape}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        found = queries.list_sitegroups(self.actor, org, page=Page.of(request.query_params))
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        return self.answer(actions.create_sitegroup(self.actor, org, values=self.body_object()))


class SiteGroup(SiteGroupView):
    """getOrgSiteGroup, updateOrgSiteGroup, deleteOrgSiteGroup."""

    bodies = {"put": SiteGroupShape}
    has_tag = True

    def get(self, request: Request, org_id: UUID, sitegroup_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        return self.answer(queries.get_sitegroup(self.actor, org, sitegroup_id))

    def put(self, request: Request, org_id: UUID, sitegroup_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        group = queries.get_sitegroup(self.actor, org, sitegroup_id)
        return self.answer(
            actions.update_sitegroup(self.actor, group, values=self.body_object(), seen=self.seen)
        )

    def delete(self, request: Request, org_id: UUID, sitegroup_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        actions.delete_sitegroup(
            self.actor, queries.get_sitegroup(self.actor, org, sitegroup_id), seen=self.seen
        )
        return Response({})
