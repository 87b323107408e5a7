"""The pictures of companies, for everybody."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from jobs import logos


@require_safe
def logo(request: HttpRequest, name: str) -> FileResponse:
    """An uploaded logo, which never changes: another picture has another name."""
    try:
        file = default_storage.open(logos.stored_name(name))
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type="image/webp")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
