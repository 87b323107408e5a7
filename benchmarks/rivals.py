"""What JobSphere is compared with: the naive REST framework way, a constant answer, and tantivy."""

from collections.abc import Iterable
from typing import Any

import tantivy
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django_filters import FilterSet
from django_filters.rest_framework import CharFilter, DjangoFilterBackend
from rest_framework import generics, pagination, serializers
from rest_framework.filters import SearchFilter

from jobs.models import Company, Job

BODY = b'{"data": [' + b",".join([b'{"id": "job_8x29a1b3", "title": "' + b"x" * 400 + b'"}'] * 20) + b"]}"
"""About as long as a page of 20 jobs."""

KEY_BITS = 31
"""Of the number that tantivy sorts by: a job's key, behind the second that it was posted in.

So it orders and names its hits by one column, which is the fastest it can.
"""


class NaiveCompanySerializer(serializers.ModelSerializer[Company]):
    class Meta:
        model = Company
        fields = ["public_id", "name", "logo_url"]


class NaiveJobSerializer(serializers.ModelSerializer[Job]):
    company = NaiveCompanySerializer()
    category = serializers.SlugRelatedField("slug", read_only=True)

    class Meta:
        model = Job
        fields = [
            "public_id", "title", "company", "location", "type", "salary_min", "salary_max",
            "salary_currency", "posted_at", "skills", "experience_level", "category", "remote",
        ]  # fmt: skip


class NaiveFilterSet(FilterSet):
    category = CharFilter("category__slug")
    company = CharFilter("company__public_id")
    location = CharFilter("location", "icontains")

    class Meta:
        model = Job
        fields = ["type", "experience_level", "remote"]


class NaivePagination(pagination.PageNumberPagination):
    page_size = 20


class NaiveJobs(generics.ListAPIView[Job]):
    serializer_class = NaiveJobSerializer
    filter_backends = [DjangoFilterBackend, SearchFilter]
    filterset_class = NaiveFilterSet
    search_fields = ["title", "tags", "company__name"]
    pagination_class = NaivePagination

    def get_queryset(self) -> Any:
        return Job.objects.listed().select_related("company", "category").order_by("-posted_at")


def constant(request: HttpRequest) -> HttpResponse:
    """Answer with the same bytes each time: what the server and the middleware of the API alone cost."""
    return HttpResponse(BODY, content_type="application/json")


urlpatterns = [
    path("v1/constant", constant),
    path("naive", NaiveJobs.as_view()),
    path("", include("jobsphere.urls")),
]


class Tantivy:
    """An index in memory of title, skills and company, and of what filters ask for."""

    def __init__(self, rows: Iterable[tuple[int, str, str, str, str, str, Any]]) -> None:
        schema = tantivy.SchemaBuilder()
        for name in ("title", "skills", "company"):
            schema.add_text_field(name, tokenizer_name="en_stem")
        for name in ("category", "type"):
            schema.add_text_field(name, tokenizer_name="raw")
        schema.add_integer_field("order", stored=True, fast=True)
        self.index = tantivy.Index(schema.build())
        writer = self.index.writer(200_000_000, num_threads=1)
        for job, title, skills, company, category, kind, posted in rows:
            writer.add_document(
                tantivy.Document(
                    order=int(posted.timestamp()) << KEY_BITS | job,
                    title=title,
                    skills=skills,
                    company=company,
                    category=category,
                    type=kind,
                )
            )
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()

    def search(self, query: str) -> tuple[list[int], int]:
        """Return the keys of the newest 20 and the exact count. Every word is wanted."""
        parsed = self.index.parse_query(query, ["title", "skills", "company"])
        found = self.index.searcher().search(parsed, 20, count=True, order_by_field="order")
        return [job_of(order) for order, _ in found.hits], int(found.count)


def job_of(order: int) -> int:
    """Return the key of a job from the number that tantivy sorts it by."""
    return order & (1 << KEY_BITS) - 1
