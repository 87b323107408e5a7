"""The settings, but patient with wrong keys: generated calls send more than one address may."""

from tests.settings import *  # noqa: F403

RATE_LIMIT_BAD_KEYS_PER_MINUTE = 1_000_000
