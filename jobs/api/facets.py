"""`GET /v1/jobs/facets`: how many jobs each option of a filter would leave."""

from typing import Any
from urllib.parse import urlencode

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import counts, facets
from jobs.api.filters import JobFilterSet
from jobs.api.views import DID_YOU_MEAN, DID_YOU_MEAN_PARAMETER
from jobsphere.api.views import ApiView

FACETS_EXAMPLE = {
    "category": {"engineering": 128, "design": 12},
    "type": {"Full-time": 131, "Contract": 9},
    "experience_level": {"senior": 80, "mid": 52},
    "remote": {"false": 97, "true": 43},
}


class FacetFilterSet(JobFilterSet):
    """The filters of `GET /v1/jobs`. Counts have neither pages nor an order."""

    limit = page = sort = None  # type: ignore[assignment]


class FacetsSerializer(serializers.Serializer[Any]):
    """Counts of jobs by value, the most frequent first."""

    category = serializers.DictField(child=serializers.IntegerField(min_value=1), help_text="By slug.")
    type = serializers.DictField(child=serializers.IntegerField(min_value=1))
    experience_level = serializers.DictField(child=serializers.IntegerField(min_value=1))
    remote = serializers.DictField(child=serializers.IntegerField(min_value=1), help_text="`true`, `false`.")


class JobFacetsView(ApiView):
    filterset_class = FacetFilterSet
    filterset: FacetFilterSet

    @extend_schema(
        operation_id="count_jobs",
        tags=["Jobs"],
        summary="Count jobs by filter",
        description="Returns how many jobs each option of `category`, `type`, `experience_level` and "
        "`remote` would leave of a search, as shown beside filters. All other filters are in force; what is "
        "chosen of a filter does not narrow its own counts. Options that would leave none are left out.",
        parameters=[DID_YOU_MEAN_PARAMETER],
        responses=FacetsSerializer,
        examples=[OpenApiExample("Engineers", FACETS_EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        found = counts.page_as_meant(self.filterset.job_filters(), 1, 1)
        counted = facets.count(found.filters).counts
        body = {
            name: dict(sorted(counted.get(name, {}).items(), key=lambda option: (-option[1], option[0])))
            for name in facets.DIMENSIONS
        }
        return Response(body, headers={DID_YOU_MEAN: urlencode(found.meant)} if found.meant else {})
