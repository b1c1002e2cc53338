"""Every table of the office."""

from feedback.models.account import AccountEvent, KeptText, SignInBrake
from feedback.models.cases import (
    Case,
    Coordination,
    Extension,
    Part,
    SubmissionKey,
    Suggestion,
    hash_secret,
    new_secret,
)
from feedback.models.catalogue import (
    CatalogueOrigin,
    Issue,
    Kind,
    Procedure,
    RejectReason,
    ReplyTemplate,
    Route,
    RouteOverride,
    Signal,
    Topic,
)
from feedback.models.catalogue_cache import catalogue
from feedback.models.causes import Improvement
from feedback.models.deadlines import Alarm, CalendarVersion, CaseClock, Change, ChangeLine, RulesVersion
from feedback.models.events import AppendOnly, CaseEvent, fingerprint
from feedback.models.learning import ModelAct, ModelVersion, ShadowGuess
from feedback.models.letters import Attachment, Message, Publication, Rating, Reply
from feedback.models.lists import Batch, BatchLine, DeskStart, SavedView
from feedback.models.office_log import AuditShare, OfficeAct
from feedback.models.people import Absence, Membership, User
from feedback.models.quality import AuditSample, QualityTarget
from feedback.models.reporting import ReportJob, ReportSchedule
from feedback.models.statistics import CountedCase, Facts, HandlerDay, LogPosition
from feedback.models.units import Unit
from feedback.models.vault import Identity, IntakeDraft
from feedback.models.writing import DraftVersion, Question
from feedback.querysets import parse_reference

__all__ = [
    "Absence",
    "AccountEvent",
    "Alarm",
    "AppendOnly",
    "Attachment",
    "AuditSample",
    "AuditShare",
    "Batch",
    "BatchLine",
    "CalendarVersion",
    "Case",
    "CaseClock",
    "CaseEvent",
    "CatalogueOrigin",
    "Change",
    "ChangeLine",
    "Coordination",
    "CountedCase",
    "DeskStart",
    "DraftVersion",
    "Extension",
    "Facts",
    "HandlerDay",
    "Identity",
    "Improvement",
    "IntakeDraft",
    "Issue",
    "KeptText",
    "Kind",
    "LogPosition",
    "Membership",
    "Message",
    "ModelAct",
    "ModelVersion",
    "OfficeAct",
    "Part",
    "Procedure",
    "Publication",
    "QualityTarget",
    "Question",
    "Rating",
    "RejectReason",
    "Reply",
    "ReplyTemplate",
    "ReportJob",
    "ReportSchedule",
    "Route",
    "RouteOverride",
    "RulesVersion",
    "SavedView",
    "ShadowGuess",
    "SignInBrake",
    "Signal",
    "SubmissionKey",
    "Suggestion",
    "Topic",
    "Unit",
    "User",
    "catalogue",
    "fingerprint",
    "hash_secret",
    "new_secret",
    "parse_reference",
]
