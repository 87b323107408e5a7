"""What search engines and previews ask for: robots.txt, sitemaps in parts, a picture of a job."""

from io import BytesIO
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import F, IntegerField, Max
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw, ImageFont

from jobs.models import Company, Job, Listing

PART = 10_000
"""Jobs in one part of the sitemap; the protocol allows 50,000 addresses and 50 MB."""

PRIVATE_PATHS = ("/v1/", "/admin/", "/dashboard", "/account/", "/applications/", "/jobs/*/apply")
PICTURE_SIZE = (1200, 630)
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@require_safe
@cache_control(public=True, max_age=86_400)
def robots(request: HttpRequest) -> HttpResponse:
    """Say what crawlers may read, and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS)]
    lines += ["", f"Sitemap: {settings.BASE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


@require_safe
@cache_control(public=True, max_age=3_600)
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """List the parts: one of companies, and jobs by ranges of their key, so that none is counted through."""
    part = Cast(F("job_id") / PART, IntegerField())
    listings = Listing.objects.filter(expires_at__gt=timezone.now()).order_by()
    parts = listings.values_list(part).annotate(newest=Max("posted_at")).order_by("newest")
    entries = [
        f"<sitemap><loc>{settings.BASE_URL}/sitemap-jobs-{number}.xml</loc>"
        f"<lastmod>{newest.isoformat()}</lastmod></sitemap>"
        for number, newest in parts
    ]
    entries.insert(0, f"<sitemap><loc>{settings.BASE_URL}/sitemap-companies.xml</loc></sitemap>")
    return _xml("sitemapindex", entries)


@require_safe
@cache_control(public=True, max_age=3_600)
def sitemap_jobs(request: HttpRequest, part: int) -> HttpResponse:
    """List the open jobs of one part."""
    jobs = (
        Listing.objects.filter(
            job_id__gte=part * PART, job_id__lt=(part + 1) * PART, expires_at__gt=timezone.now()
        )
        .order_by("job_id")
        .values_list("job__public_id", "job__updated_at")
    )
    entries = [
        f"<url><loc>{settings.BASE_URL}/jobs/{public_id}</loc><lastmod>{updated.isoformat()}</lastmod></url>"
        for public_id, updated in jobs
    ]
    if not entries:
        raise Http404
    return _xml("urlset", entries)


@require_safe
@cache_control(public=True, max_age=3_600)
def sitemap_companies(request: HttpRequest) -> HttpResponse:
    """List the front page and the employers in good standing."""
    slugs = Company.objects.in_good_standing().order_by("name", "id").values_list("slug", flat=True)[:PART]
    paths = ["/", "/jobs", "/companies", *(f"/companies/{slug}" for slug in slugs)]
    return _xml("urlset", [f"<url><loc>{escape(settings.BASE_URL + path)}</loc></url>" for path in paths])


@require_safe
@cache_control(public=True, max_age=86_400)
def picture(request: HttpRequest, job_id: str) -> HttpResponse:
    """Draw an open job for previews in messengers and social networks, 1200 by 630 pixels."""
    job = get_object_or_404(Job.objects.listed().select_related("company"), public_id=job_id)
    image = Image.new("RGB", PICTURE_SIZE, "#171a2b")
    draw = ImageDraw.Draw(image)
    draw.ellipse((980, -220, 1420, 220), fill="#4338ca")
    draw.ellipse((1030, 120, 1090, 180), fill="#f59e5b")
    top = 190
    for line in _lines(draw, job.title, ImageFont.load_default(64), width=1000)[:3]:
        draw.text((80, top), line, font=ImageFont.load_default(64), fill="#ffffff")
        top += 80
    draw.text((80, top + 20), job.company.name[:60], font=ImageFont.load_default(38), fill="#a5b0ff")
    draw.text((80, top + 80), job.location[:70], font=ImageFont.load_default(32), fill="#b3b9cf")
    draw.text((80, 70), "JobSphere", font=ImageFont.load_default(40), fill="#ffffff")
    output = BytesIO()
    image.save(output, "PNG", optimize=True)
    return HttpResponse(output.getvalue(), content_type="image/png")


def _lines(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int
) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and draw.textlength(longer, font=font) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _xml(root: str, entries: list[str]) -> HttpResponse:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">{"".join(entries)}</{root}>'
    return HttpResponse(body, content_type="application/xml")
