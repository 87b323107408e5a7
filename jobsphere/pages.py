"""Error pages, for people and for programs, where no view could answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jobsphere.api.errors import CODE_OF_STATUS, error_response
from jobsphere.http import is_api

_TITLES = {
    400: ("This request cannot be understood", "Check the address, or start again from the front page."),
    403: ("You may not see this", "Sign in with an account that may, or go back."),
    404: ("There is nothing here", "The page was moved or never existed. Check the address."),
    500: ("Something went wrong on our end", "It has been noted. Try again in a moment."),
}


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    if is_api(request):
        return error_response(request, CODE_OF_STATUS[status])
    title, advice = _TITLES[status]
    context = {"title": title, "advice": advice, "request_id": getattr(request, "request_id", "")}
    return render(None, "error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    return _answer(request, 500)
