from __future__ import annotations

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "Phản ánh, kiến nghị"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from feedback import checks  # noqa: F401  registering the checks is the import's purpose
        from feedback.models import catalogue_cache

        catalogue_cache.connect()
        from feedback.web.account import receivers

        receivers.connect()
