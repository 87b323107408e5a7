"""The paths of applications and candidates under `/v1`."""

from django.urls import re_path
from rest_framework.routers import SimpleRouter

from applications.api.views import ApplicationViewSet, CandidateViewSet, ResumeView, TimelineViewSet
from jobsphere.ids import pattern

_application = rf"^applications/(?P<id>{pattern('app')})"

router = SimpleRouter(trailing_slash=False)
router.register("applications", ApplicationViewSet)
router.register("candidates", CandidateViewSet)

urlpatterns = [
    *router.urls,
    re_path(rf"{_application}/timeline$", TimelineViewSet.as_view({"get": "list"})),
    re_path(rf"{_application}/resume$", ResumeView.as_view()),
]
