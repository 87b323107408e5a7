"""Settings of JobSphere, all from the environment, with production's defaults.

The README's configuration table lists every variable. `make run` and `make test`
set what development needs; nothing here guesses that it runs in development.
"""

import ipaddress
from pathlib import Path

import environ

from jobsphere.logs import LOGGING as LOGGING

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent

DEVELOPMENT = env.bool("JOBSPHERE_DEVELOPMENT", default=False)
"""Lifts HTTPS for loopback and adds what only developers should see."""

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="only-for-development" if DEVELOPMENT else environ.Env.NOTSET)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
"""Former keys, which still open what was signed or encrypted with them."""
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
BASE_URL = env.str(
    "BASE_URL", default="http://127.0.0.1:8000" if DEVELOPMENT else "https://api.jobsphere.io"
).rstrip("/")
"""Scheme and host of the links in e-mails, answers and feeds."""

TRUSTED_PROXIES = [ipaddress.ip_network(network) for network in env.list("TRUSTED_PROXIES", default=[])]
"""Networks whose X-Forwarded-Proto and X-Forwarded-For are believed."""

INSTALLED_APPS = [
    "jobsphere",
    "accounts",
    "jobs",
    "applications",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "django_ratelimit",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "jobsphere.middleware.RequestIdMiddleware",
    "jobsphere.middleware.MetricsMiddleware",
    "jobsphere.middleware.TrustedProxyMiddleware",
    "jobsphere.middleware.HttpsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "jobsphere.middleware.CompressionMiddleware",
    "jobsphere.middleware.BodyLimitMiddleware",
    "jobsphere.middleware.ContentSecurityPolicyMiddleware",
    "accounts.middleware.CallLogMiddleware",
    "jobsphere.middleware.ApiHeadersMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "jobsphere.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "jobsphere.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "jobsphere.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jobsphere.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "jobsphere.urls"
WSGI_APPLICATION = "jobsphere.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"] |= {"ENGINE": "jobsphere.database", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}

REDIS_URL = env.str("REDIS_URL")
_CACHE = {
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": "jobsphere",
    "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 0.5},
}
CACHES = {
    "default": {"BACKEND": "jobsphere.cache.RedisCache", **_CACHE},
    "counters": {"BACKEND": "jobsphere.cache.CounterCache", **_CACHE},
}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.web.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.web.forms.SignInForm", "signup": "accounts.web.forms.SignUpForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_CHANGE_EMAIL = True  # one address at a time; a new one counts once it is confirmed
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Codes rather than links: no address holds a secret, and what was begun goes on in the same browser.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
MFA_ADAPTER = "accounts.web.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "JobSphere"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEVELOPMENT

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_FILES_COLLECTED = env.bool("STATIC_FILES_COLLECTED", default=not DEVELOPMENT)
"""Serve what `collectstatic` made, compressed and by hashed names; else the files as they lie in the apps."""
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / ".jobsphere" / "media"))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},  # résumés
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_FILES_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not STATIC_FILES_COLLECTED

SECURE_SSL_REDIRECT = False  # HttpsMiddleware redirects pages and refuses API calls.
SECURE_HSTS_SECONDS = 0 if DEVELOPMENT else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEVELOPMENT
SESSION_COOKIE_SECURE = not DEVELOPMENT
CSRF_COOKIE_SECURE = not DEVELOPMENT
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
RESUME_MAX_BYTES = 10 * 1024 * 1024

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://" if DEVELOPMENT else "smtp://localhost:25")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="JobSphere <no-reply@jobsphere.io>")

RATELIMIT_USE_CACHE = "counters"
SILENCED_SYSTEM_CHECKS = [
    "django_ratelimit.W001",  # It knows only older Redis backends; Django's own counts atomically too.
    "security.W008",  # HttpsMiddleware redirects pages and refuses API calls.
    "security.W021",  # To be on the browsers' preload list is the domain owner's decision.
]
RATE_LIMIT_BAD_KEYS_PER_MINUTE = 60
"""Calls a minute from one address that carry no key or a wrong one."""

JOBSPHERE_ORIGIN_CHECK = "accounts.queries.is_allowed_origin"
"""Tells whether any active key lists an origin: preflights carry no key (the platform imports no app)."""

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
"""Who sends it as a bearer token may read /metrics; without one only this machine may."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["jobsphere.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["jobsphere.api.json.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["jobsphere.api.json.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["jobsphere.api.filters.FilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "jobsphere.api.pagination.Pagination",
    "DEFAULT_SCHEMA_CLASS": "jobsphere.api.schema.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "jobsphere.api.errors.exception_handler",
    "DATETIME_FORMAT": None,  # the JSON renderer writes times
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "JobSphere API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "TAGS": [
        {"name": name}
        for name in ("Jobs", "Applications", "Candidates", "Companies", "Categories", "Account", "Service")
    ],
    "SERVERS": [{"url": f"{BASE_URL}/v1"}],
    "SCHEMA_PATH_PREFIX": "/v1",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "EmploymentTypeEnum": "jobs.models.EmploymentType.choices",
        "NewJobStatusEnum": "jobs.api.serializers.NEW_STATUSES",
    },
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "jobsphere.api.schema.complete",
    ],
}
