"""What the API shows of the caller."""

from rest_framework import serializers

from accounts.models import Account, ApiKey, Plan, Scope
from jobsphere.api.serializers import TimeField


class AccountSerializer(serializers.Serializer[Account]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    plan = serializers.ChoiceField(Plan.choices)


class KeySerializer(serializers.Serializer[ApiKey]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    scope = serializers.ChoiceField(Scope.choices)
    display_prefix = serializers.CharField(help_text="How the key begins.")
    expires_at = TimeField(allow_null=True)


class UsageSerializer(serializers.Serializer[dict[str, object]]):
    """The quota of this minute; all but the limit are null while calls are not metered."""

    limit = serializers.IntegerField(help_text="Calls a minute that all keys of the account share.")
    used = serializers.IntegerField(allow_null=True, help_text="Calls of this minute, this one included.")
    remaining = serializers.IntegerField(allow_null=True)
    reset_at = TimeField(allow_null=True, help_text="When the minute ends.")


class MeSerializer(serializers.Serializer[dict[str, object]]):
    account = AccountSerializer()
    key = KeySerializer()
    usage = UsageSerializer()
