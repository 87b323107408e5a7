"""What forms of the pages share."""

from django import forms

from jobsphere.errors import DomainError


def add_faults(form: forms.BaseForm, error: DomainError) -> None:
    """Show what a service refused beside the fields that it names, or above the form."""
    for fault in error.details:
        form.add_error(fault.param if fault.param in form.fields else None, fault.message)
