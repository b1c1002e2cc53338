"""The demo office's staff, and who of them may do what to a case."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from feedback.models import Case, Membership, User, catalogue
from feedback.workflow import Role

SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread from a screen


def new_password() -> str:
    """15 signs, about 74 bits, in three groups a person can type."""
    return "-".join("".join(secrets.choice(SIGNS) for _ in range(5)) for _ in range(3))


def hire(rows: list[dict[str, Any]], since: date) -> list[tuple[User, str]]:
    """Create the staff; returns each with the password just made."""
    hired = []
    for row in rows:
        password = new_password()
        user = User.objects.create_user(
            row["username"], email=row["email"], password=password, display_name=row["display_name"]
        )
        roles = {m["role"] for m in row["memberships"]}
        if Role.ADMINISTRATOR in roles:
            user.is_staff = user.is_superuser = True
            user.save(update_fields=["is_staff", "is_superuser"])
        for held in row["memberships"]:
            Membership.objects.create(
                user=user,
                unit_id=held["unit"],
                role=held["role"],
                skills=held.get("skills") or [],
                capacity=held.get("capacity") or 30,
                valid_from=since,
            )
        hired.append((user, password))
    return hired


class Staff:
    """Finds the right colleague for an act, as the office would."""

    def __init__(self) -> None:
        members = Membership.objects.select_related("user").order_by("pk")
        self._by_role: dict[str, list[tuple[str, User]]] = {}
        users: dict[int, User] = {}
        for m in members:
            user = users.setdefault(m.user_id, m.user)
            self._by_role.setdefault(m.role, []).append((m.unit_id, user))

    def one(self, role: Role) -> User:
        return self._by_role[role][0][1]

    def sorter(self, case: Case) -> User:
        """Who classifies it: triage, or an integrity officer for a sealed case."""
        return self.one(Role.INTEGRITY if case.sealed else Role.TRIAGE)

    def head(self, case: Case, *, besides: User | None = None) -> User:
        """Who approves: the unit's leader, else the manager; for a sealed case an integrity officer."""
        if case.sealed:
            return self.one(Role.INTEGRITY)
        for unit, user in self._by_role[Role.LEADER]:
            if case.unit_id in set(catalogue().subtree(unit)) and user != besides:
                return user
        return self.one(Role.MANAGER)

    def member(self, unit: str | None) -> User | None:
        """A handler of the unit."""
        return next((user for code, user in self._by_role[Role.HANDLER] if code == unit), None)
