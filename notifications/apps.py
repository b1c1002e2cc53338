from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Thông báo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from feedback.signals import account_changed, change_finished, event_recorded
        from notifications import account_news, digests
        from notifications.worker import wake

        event_recorded.connect(wake, dispatch_uid="notifications.wake")
        account_changed.connect(account_news.on_changed, dispatch_uid="notifications.account_news")
        change_finished.connect(digests.on_finished, dispatch_uid="notifications.digests")
