"""A small API of named groups, to see the platform's rules at work without any app's."""

from typing import Any

from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from jobsphere.api.filters import (
    BooleanFilter,
    CommaChoiceFilter,
    CommaTextFilter,
    IntegerFilter,
    PagedFilterSet,
    TextFilter,
    TimeFilter,
)
from jobsphere.api.idempotency import idempotent
from jobsphere.api.json import JSONParser
from jobsphere.api.serializers import StrictSerializer, TimeField
from jobsphere.api.views import ApiView, ApiViewSet
from jobsphere.errors import DomainError, Fault
from jobsphere.urls import urlpatterns as real_urls


class Range(StrictSerializer):
    min = serializers.IntegerField(min_value=0)
    max = serializers.IntegerField(required=False)


class GroupBody(StrictSerializer):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=20)
    tags = serializers.ListField(child=serializers.CharField(max_length=5), required=False, write_only=True)
    salary_range = Range(required=False, write_only=True)
    starts_at = TimeField(required=False, write_only=True)
    resume = serializers.FileField(required=False, write_only=True)


class GroupFilters(PagedFilterSet):
    name = CommaTextFilter(field_name="name")
    q = TextFilter(field_name="name", lookup_expr="contains")
    size = CommaChoiceFilter(choices=[("Small", "Small"), ("Large", "Large")], method="ignore")
    since = TimeFilter(method="ignore")
    remote = BooleanFilter(method="ignore")
    salary_min = IntegerFilter(method="ignore")

    def ignore(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset


class Groups(ApiViewSet):
    """Groups."""

    serializer_class = GroupBody
    filterset_class = GroupFilters
    parser_classes = [JSONParser, MultiPartParser]
    lookup_field = "pk"
    lookup_value_regex = "[0-9]{1,9}"

    def get_queryset(self) -> Any:
        return Group.objects.order_by("pk")

    def list(self, request: Request) -> Response:
        """List groups."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, id: str) -> Response:
        """Show a group."""
        return Response(self.get_serializer(self.get_object()).data)

    @idempotent
    def create(self, request: Request) -> Response:
        """Make a group."""
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        name = body.validated_data["name"]
        group = Group.objects.create(name=name)
        if name == "refused":
            raise DomainError("No such name.", code="job_closed", param="name")
        if name == "broken":
            raise RuntimeError("the inside")
        return Response(
            self.get_serializer(group).data, status=201, headers={"Location": f"/v1/groups/{group.pk}"}
        )


class Failing(ApiView):
    """Fails as it is told to."""

    query_parameters = ("how",)
    schema = None

    def get(self, request: Request) -> Response:
        if self.query.get("how") == "domain":
            faults = [Fault("out_of_range", "min is too small.", "min"), Fault("job_closed", "Closed.")]
            raise DomainError("min is too small.", code="out_of_range", param="min", details=faults)
        raise RuntimeError("the inside: secret")


def page(request: HttpRequest) -> HttpResponse:
    if request.GET.get("how") == "broken":
        raise RuntimeError("the inside: secret")
    return HttpResponse("page")


router = SimpleRouter(trailing_slash=False)
router.register("groups", Groups, basename="group")

urlpatterns = [
    path("v1/", include(router.urls)),
    path("v1/failing", Failing.as_view()),
    path("page", page),
    *real_urls,
]

handler400 = "jobsphere.pages.bad_request"
handler403 = "jobsphere.pages.forbidden"
handler404 = "jobsphere.pages.not_found"
handler500 = "jobsphere.pages.server_error"
