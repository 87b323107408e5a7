"""`/v1/me`: who is calling."""

from datetime import UTC, datetime

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import key_of
from accounts.api.serializers import MeSerializer
from jobsphere.api.rate_limit import RateLimit
from jobsphere.api.views import ApiView

ME_EXAMPLE = {
    "account": {"id": "acct_2n51d3x6", "name": "TechCorp Ltd", "plan": "free"},
    "key": {
        "id": "key_9r63j5k4",
        "name": "Careers page",
        "scope": "read_write",
        "display_prefix": "js_live_8f2k",
        "expires_at": None,
    },
    "usage": {"limit": 60, "used": 19, "remaining": 41, "reset_at": "2025-04-10T08:00:00Z"},
}


class MeView(ApiView):
    @extend_schema(
        operation_id="get_me",
        tags=["Account"],
        summary="Get your account",
        description="Returns the account and the key of this call, with the plan, the scope and the usage of "
        "this minute.",
        responses=MeSerializer,
        examples=[OpenApiExample("On the Free plan", ME_EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        key = key_of(request)
        quota: RateLimit = vars(request._request)["rate_limit"]
        usage = {
            "limit": quota.limit,
            "used": quota.used,
            "remaining": quota.remaining,
            "reset_at": quota.resets_at and datetime.fromtimestamp(quota.resets_at, UTC),
        }
        me = {"account": key.account, "key": key, "usage": usage}
        return Response(MeSerializer(me).data)
