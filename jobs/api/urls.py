"""The paths of jobs under `/v1`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from jobs.api.facets import JobFacetsView
from jobs.api.views import CategoryViewSet, CompanyViewSet, JobViewSet

router = SimpleRouter(trailing_slash=False)
router.register("jobs", JobViewSet, "job")
router.register("companies", CompanyViewSet, "company")
router.register("categories", CategoryViewSet, "category")

urlpatterns = [path("jobs/facets", JobFacetsView.as_view(), name="job-facets"), *router.urls]
