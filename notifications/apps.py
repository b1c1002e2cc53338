from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Thông báo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from feedback.signals import account_changed, change_finished, event_recorded, presence_changed
        from notifications import account_news, digests
        from notifications.live import wire
        from notifications.worker import wake

        event_recorded.connect(wake, dispatch_uid="notifications.wake")
        account_changed.connect(account_news.on_changed, dispatch_uid="notifications.account_news")
        event_recorded.connect(wire.on_event, dispatch_uid="notifications.live.event")
        presence_changed.connect(wire.on_presence, dispatch_uid="notifications.live.presence")
        post_save.connect(wire.on_inbox, "notifications.InboxItem", dispatch_uid="notifications.live.inbox")
        change_finished.connect(digests.on_finished, dispatch_uid="notifications.digests")
