"""The one signal of the house: sent after commit, once per recorded event, with ids only."""

from __future__ import annotations

from django.dispatch import Signal

# kwargs: event_id (int), case_id (int), verb (str). Listeners read the log; nothing else travels.
event_recorded = Signal()

# Sent after a change of calendar, rules or units has reached every open case: `change_id`.
change_finished = Signal()

# Sent after something was done to a member of staff's account: `account_event_id`.
account_changed = Signal()

# Sent when somebody began or stopped looking at a case or writing on it: `case_id`. Kept nowhere.
presence_changed = Signal()
