"""Whether this instance can answer calls."""

from django.db import DatabaseError, connection
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from jobsphere.api.errors import Unavailable
from jobsphere.api.views import ApiView


class HealthView(ApiView):
    """Tell whether JobSphere can answer calls: for load balancers, without a key."""

    authentication_classes = []
    permission_classes = []
    further_error_statuses = (503,)

    @extend_schema(
        operation_id="health",
        tags=["Service"],
        description="Public: for load balancers and for you. 503 while JobSphere cannot answer calls.",
        examples=[OpenApiExample("Yes", {"status": "ok"}, response_only=True)],
        responses=inline_serializer("Health", {"status": serializers.ChoiceField(["ok"])}),
    )
    def get(self, request: Request) -> Response:
        """Tell whether JobSphere can answer calls."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            raise Unavailable from None
        return Response({"status": "ok"}, headers={"Cache-Control": "no-store"})
