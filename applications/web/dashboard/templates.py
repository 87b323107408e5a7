"""An account's templates for e-mails to candidates."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role
from accounts.web.access import MemberRequest, member_required
from applications import messages as letters
from applications.models import MessageTemplate
from applications.web.dashboard.access import rights
from applications.web.dashboard.forms import TemplateForm
from jobsphere.forms import take
from jobsphere.once import once


@member_required()
@require_safe
def templates(request: MemberRequest) -> HttpResponse:
    """All templates."""
    context = rights(request) | {"templates": request.account.message_templates.all()}
    return render(request, "dashboard/applicants/templates.html", context)


@member_required(Role.RECRUITER)
@once
@require_http_methods(["GET", "HEAD", "POST"])
def new_template(request: MemberRequest) -> HttpResponse:
    """Make a template."""
    return _edit(request, None)


@member_required(Role.RECRUITER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_template(request: MemberRequest, template_id: str) -> HttpResponse:
    """Change a template."""
    return _edit(request, get_object_or_404(request.account.message_templates, public_id=template_id))


def _edit(request: MemberRequest, template: MessageTemplate | None) -> HttpResponse:
    initial = (
        {"name": template.name, "subject": template.subject, "body": template.body} if template else None
    )
    form = TemplateForm(request.POST or None, initial=initial)
    preview = None
    if "preview" in request.POST:
        preview = take(form, lambda given: letters.preview(given["subject"], given["body"]))
    elif saved := take(
        form, lambda given: letters.save_template(account=request.account, template=template, **given)
    ):
        messages.success(request, f"Template “{saved.name}” saved.")
        return redirect("dashboard-templates")
    context = {"form": form, "template": template, "preview": preview}
    return render(
        request, "dashboard/applicants/template_form.html", context, status=400 if form.errors else 200
    )


@member_required(Role.RECRUITER)
@require_http_methods(["GET", "HEAD", "POST"])
def delete_template(request: MemberRequest, template_id: str) -> HttpResponse:
    """Delete a template, after asking."""
    template = get_object_or_404(request.account.message_templates, public_id=template_id)
    if request.method != "POST":
        return render(request, "dashboard/applicants/template_delete.html", {"template": template})
    letters.delete_template(template=template)
    messages.success(request, f"Template “{template.name}” deleted.")
    return redirect("dashboard-templates")
