"""The administrators' room: catalogue, units, people, leave, rules, calendars, sentences. No letters, no identities.

Who may change things here: superusers, and people who hold the role of administrator today (and may enter,
`is_staff`). Cases are not registered at all; of the log only verbs, times and fingerprints are shown.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from feedback import models
from feedback.querysets import parse_reference

admin.site.site_header = _("Administration")
admin.site.site_title = _("Administration")
admin.site.index_title = _("What the office works with")
admin.site.unregister(Group)  # rights follow from roles in units, not from groups
# allauth brings rooms of its own for factors, sessions and addresses: no record would be left of what is done there.
for _model in [model for model in admin.site._registry if model.__module__.startswith("allauth.")]:
    admin.site.unregister(_model)


def _sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """One door for everybody: the desk's sign-in, which has the brake on guessing."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.get_full_path())


setattr(admin.site, "login", _sign_in)  # noqa: B010 - the site object is Django's; its method is replaced for this one


def _administers(request: HttpRequest) -> bool:
    user = cast(models.User, request.user)
    return user.is_active and (user.is_superuser or user.scope().administrator)


class OfficeAdmin(admin.ModelAdmin):
    """Rights follow from the role of administrator."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _administers(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _administers(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _administers(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _administers(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows others point to are protected by the database; what is no longer used gets an end date."""
        return _administers(request)


class ReadOnly(OfficeAdmin):
    """Shown, never changed."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# --- Catalogue -----------------------------------------------------------------------------------
@admin.register(models.Topic)
class TopicAdmin(OfficeAdmin):
    list_display = ("code", "name_vi", "parent", "active")
    list_filter = ("active",)
    search_fields = ("code", "name_vi")
    list_select_related = ("parent",)


@admin.register(models.Issue)
class IssueAdmin(TopicAdmin):
    pass


@admin.register(models.Kind)
class KindAdmin(OfficeAdmin):
    list_display = (
        "code",
        "name_vi",
        "requires_confirmation",
        "sealed_suggestion",
        "never_published",
        "active",
    )


@admin.register(models.Signal)
class SignalAdmin(OfficeAdmin):
    list_display = ("code", "name_vi", "active")


@admin.register(models.Procedure)
class ProcedureAdmin(OfficeAdmin):
    list_display = ("code", "name_vi", "topic", "legal_days", "legal_days_unit", "online_level", "published")
    list_filter = ("topic", "online_level", "published")
    search_fields = ("code", "national_code", "name_vi")
    list_select_related = ("topic",)


@admin.register(models.Route)
class RouteAdmin(OfficeAdmin):
    list_display = ("topic", "issue", "unit_code", "valid_from", "valid_to")
    list_filter = ("topic",)
    search_fields = ("topic__name_vi", "unit_code")
    list_select_related = ("topic", "issue")


@admin.register(models.RouteOverride)
class RouteOverrideAdmin(OfficeAdmin):
    list_display = ("reason_vi", "issue", "kind", "unit", "role", "priority")
    list_select_related = ("issue", "kind", "unit")


@admin.register(models.ReplyTemplate)
class ReplyTemplateAdmin(OfficeAdmin):
    list_display = ("code", "name_vi", "topic", "issue", "kind")
    search_fields = ("code", "name_vi", "body_vi")
    list_select_related = ("topic", "issue", "kind")


@admin.register(models.RejectReason)
class RejectReasonAdmin(OfficeAdmin):
    list_display = ("code", "name_vi", "transfer_unit")
    list_select_related = ("transfer_unit",)


# --- Units and people ----------------------------------------------------------------------------
@admin.register(models.Unit)
class UnitAdmin(OfficeAdmin):
    list_display = ("code", "name_vi", "kind", "parent", "valid_from", "valid_to")
    list_filter = ("kind",)
    search_fields = ("code", "name_vi")
    list_select_related = ("parent",)
    filter_horizontal = ("successors",)


class MembershipInline(admin.TabularInline):
    model = models.Membership
    extra = 0
    autocomplete_fields = ("unit",)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _administers(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _administers(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _administers(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _administers(request)


@admin.register(models.User)
class PersonAdmin(OfficeAdmin, UserAdmin):
    """People leave by being made inactive: their acts stay in the log under their name."""

    list_display = ("username", "display_name", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "display_name")
    ordering = ("display_name", "username")
    filter_horizontal = ()
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("display_name", "email", "language")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "display_name", "usable_password", "password1", "password2"),
            },
        ),
    )
    readonly_fields = ("last_login",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A superuser's account is changed by superusers only: an administrator cannot take it over."""
        if isinstance(obj, models.User) and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)


@admin.register(models.Membership)
class MembershipAdmin(OfficeAdmin):
    list_display = ("user", "unit", "role", "capacity", "valid_from", "valid_to")
    list_filter = ("role", "unit")
    search_fields = ("user__username", "user__display_name")
    autocomplete_fields = ("user", "unit")
    list_select_related = ("user", "unit")


@admin.register(models.Absence)
class AbsenceAdmin(OfficeAdmin):
    list_display = ("user", "first_day", "last_day", "substitute")
    autocomplete_fields = ("user", "substitute")
    list_select_related = ("user", "substitute")


# --- Deadlines -----------------------------------------------------------------------------------
class VersionAdmin(ReadOnly):
    """Append-only: what changes them is planned, counted and confirmed in the desk's room for changes."""

    list_display: tuple[str, ...] = ("version", "note", "in_force_from", "author", "created_at")
    list_select_related = ("author",)


@admin.register(models.RulesVersion)
class RulesVersionAdmin(VersionAdmin):
    fields = ("version", "note", "in_force_from", "data")


@admin.register(models.CalendarVersion)
class CalendarVersionAdmin(VersionAdmin):
    fields = ("version", "unit", "note", "in_force_from", "data")
    list_display = ("version", "unit", "note", "in_force_from", "author", "created_at")


# --- The log -------------------------------------------------------------------------------------
@admin.register(models.CaseEvent)
class CaseEventAdmin(ReadOnly):
    """Who did what when, by reference. What was written stands elsewhere and is not shown here."""

    fields = (
        "reference",
        "seq",
        "verb",
        "at",
        "actor",
        "role",
        "status_from",
        "status_to",
        "previous_hash",
        "hash",
    )
    list_display = ("at", "reference", "seq", "verb", "actor", "role", "status_to")
    list_filter = ("verb", "role")
    search_fields = ("case__pk",)
    search_help_text = _("A reference such as HA-2026-0000123")
    list_select_related = ("case", "actor")
    ordering = ("-pk",)
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("Reference"))
    def reference(self, event: models.CaseEvent) -> str:
        return event.case.reference

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found = parse_reference(search_term)
        if found:
            return queryset.filter(case=found[1]), False
        return (queryset.none() if search_term.strip() else queryset), False
