"""The addresses of version 1. Names begin with `api_`; a verb's is `api_<verb>`."""

from __future__ import annotations

from django.urls import path, re_path

from api.v1 import calculate, cases, catalogue, classify, deadlines, docs, me, parts, published, reports
from api.v1.acts import VerbView
from api.v1.missing import Missing
from api.v1.verbs import VERBS

_CASE = "cases/<str:reference>"

urlpatterns = [
    path("me", me.Me.as_view(), name="api_me"),
    path("classify", classify.Classify.as_view(), name="api_classify_text"),
    path("cases", cases.Cases.as_view(), name="api_cases"),
    path(_CASE, cases.CaseDetail.as_view(), name="api_case"),
    path(f"{_CASE}/events", parts.Events.as_view(), name="api_events"),
    path(f"{_CASE}/deadlines", deadlines.Deadlines.as_view(), name="api_deadlines"),
    path(f"{_CASE}/attachments", parts.Attachments.as_view(), name="api_attachments"),
    path(f"{_CASE}/attachments/<int:number>", parts.AttachmentFile.as_view(), name="api_attachment"),
    path(f"{_CASE}/replies", parts.Replies.as_view(), name="api_replies"),
    path(f"{_CASE}/publication", parts.CasePublication.as_view(), name="api_publication"),
    path(f"{_CASE}/handlers", parts.Handlers.as_view(), name="api_handlers"),
    *(path(f"{_CASE}/{verb.slug}", VerbView.as_view(verb=verb), name=f"api_{verb.name}") for verb in VERBS),
    path("catalogue/topics", catalogue.Topics.as_view(), name="api_topics"),
    path("catalogue/issues", catalogue.Issues.as_view(), name="api_issues"),
    path("catalogue/kinds", catalogue.Kinds.as_view(), name="api_kinds"),
    path("catalogue/units", catalogue.Units.as_view(), name="api_units"),
    path("catalogue/procedures", catalogue.Procedures.as_view(), name="api_procedures"),
    path("catalogue/reject-reasons", catalogue.RejectReasons.as_view(), name="api_reject_reasons"),
    path("catalogue/templates", catalogue.Templates.as_view(), name="api_templates"),
    path("published", published.Published.as_view(), name="api_published"),
    path("published/<int:number>", published.PublishedDetail.as_view(), name="api_publication_public"),
    path("similar", published.Similar.as_view(), name="api_similar"),
    path("deadlines/calculate", calculate.Calculate.as_view(), name="api_calculate"),
    path("reports", reports.Reports.as_view(), name="api_reports"),
    path("reports/<slug:code>", reports.ReportDetail.as_view(), name="api_report"),
    path("schema", docs.Schema.as_view(), name="api_schema"),
    path("docs", docs.Docs.as_view(), name="api_docs"),
    re_path("", Missing.as_view()),
]
