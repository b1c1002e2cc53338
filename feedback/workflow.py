"""The workflow as a table: status × verb → status, who may, what is needed, what the clock does, what is read.

Plain Python. Buttons, the API's `allowed_actions`, the diagram in the docs and the permission matrix in the
tests are all generated from `TRANSITIONS`. Adding a transition: one row here, one verb in `feedback/actions/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    NEW = "new"
    NEED_INFO = "need_info"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TRANSFERRED = "transferred"
    ASSIGNED = "assigned"
    PROCESSING = "processing"
    COORDINATING = "coordinating"
    PENDING_APPROVAL = "pending_approval"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    ANSWERED = "answered"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Role(StrEnum):
    """What a person is *towards one case*; `feedback.actions.roles` works them out."""

    CITIZEN = "citizen"
    HANDLER = "handler"  # the handler this case is assigned to
    COLLEAGUE = "colleague"  # handles cases in the unit that holds this case
    COORDINATOR = "coordinator"  # handles cases in a unit whose opinion was asked
    TRIAGE = "triage"
    LEADER = "leader"  # leads the unit that holds this case (or a unit above it)
    SUBSTITUTE = "substitute"  # named by a leader on leave to approve replies meanwhile
    MANAGER = "manager"
    INTEGRITY = "integrity"  # the only ones, beside the handler, who see sealed cases; the manager, if it is about them
    AUDITOR = "auditor"  # reads everything, changes nothing
    ADMINISTRATOR = "administrator"  # keeps catalogues and people; reads no letters
    SYSTEM = "system"


class Clock(StrEnum):
    """What a verb does to the clocks of the case."""

    NONE = ""
    STARTS = "starts"
    ACCEPTED = "accepted"
    PAUSES = "pauses"
    RESUMES = "resumes"
    EXTENDS = "extends"
    STOPS = "stops"
    RESTARTS = "restarts"
    REDATES = "redates"  # computed anew under another version of the calendar or the rules


STATUS_NAMES: dict[Status, tuple[str, str]] = {
    Status.NEW: ("Chờ tiếp nhận", "Waiting to be received"),
    Status.NEED_INFO: ("Chờ bổ sung", "Waiting for information"),
    Status.ACCEPTED: ("Đã tiếp nhận", "Accepted"),
    Status.REJECTED: ("Không tiếp nhận", "Not accepted"),
    Status.TRANSFERRED: ("Đã chuyển cơ quan khác", "Transferred to another agency"),
    Status.ASSIGNED: ("Đã phân công", "Assigned"),
    Status.PROCESSING: ("Đang xử lý", "In progress"),
    Status.COORDINATING: ("Đang lấy ý kiến phối hợp", "Asking other units"),
    Status.PENDING_APPROVAL: ("Chờ duyệt trả lời", "Reply awaiting approval"),
    Status.RETURNED: ("Trả lại để hoàn thiện", "Returned for improvement"),
    Status.SUSPENDED: ("Tạm đình chỉ", "Suspended"),
    Status.ANSWERED: ("Đã trả lời", "Answered"),
    Status.REOPENED: ("Yêu cầu làm rõ", "Clarification asked"),
    Status.WITHDRAWN: ("Đã rút", "Withdrawn"),
    Status.CLOSED: ("Kết thúc", "Closed"),
}

ROLE_NAMES: dict[Role, tuple[str, str]] = {
    Role.CITIZEN: ("Người gửi", "Citizen"),
    Role.HANDLER: ("Cán bộ xử lý", "Handler"),
    Role.COLLEAGUE: ("Cán bộ cùng đơn vị", "Colleague in the unit"),
    Role.COORDINATOR: ("Đơn vị phối hợp", "Coordinating unit"),
    Role.TRIAGE: ("Cán bộ phân loại", "Triage officer"),
    Role.LEADER: ("Lãnh đạo đơn vị", "Unit leader"),
    Role.SUBSTITUTE: ("Người duyệt thay", "Substitute approver"),
    Role.MANAGER: ("Quản lý", "Manager"),
    Role.INTEGRITY: ("Cán bộ phụ trách đơn giữ kín", "Integrity officer"),
    Role.AUDITOR: ("Kiểm tra, giám sát", "Auditor"),
    Role.ADMINISTRATOR: ("Quản trị hệ thống", "Administrator"),
    Role.SYSTEM: ("Hệ thống", "System"),
}

FINAL = frozenset({Status.REJECTED, Status.TRANSFERRED, Status.WITHDRAWN, Status.CLOSED})
OPEN = frozenset(Status) - FINAL - {Status.ANSWERED}
# What a person still has to work on; the sweep and the queues look at these.
WORKING = (Status.ACCEPTED, Status.ASSIGNED, Status.PROCESSING, Status.RETURNED)
SAME = None


@dataclass(frozen=True)
class Transition:
    """One row: in any of `sources`, `verb` leads to `target` (None: the status stays; RESUME: as before the pause)."""

    verb: str
    sources: tuple[Status | None, ...]
    target: Status | str | None
    roles: tuple[Role, ...]
    label: tuple[str, str]
    needs: tuple[str, ...] = ()
    clock: Clock = Clock.NONE
    citizen_reads: tuple[str, str] | None = None  # None: internal, the citizen's timeline is silent

    @property
    def public(self) -> bool:
        return self.citizen_reads is not None


RESUME = "resume"
# Statuses in which the case only waits; a RESUME row leads back to where it came from.
WAITING = frozenset({Status.NEED_INFO, Status.SUSPENDED})
_S, _R = Status, Role
_BEFORE_REPLY = (_S.NEW, _S.ACCEPTED, _S.ASSIGNED, _S.PROCESSING, _S.RETURNED, _S.REOPENED)
# A request once made can be decided wherever the case has gone meanwhile, until the answer is out.
_DECIDES_EXTENSION = (
    _S.NEW,
    _S.ACCEPTED,
    _S.ASSIGNED,
    _S.PROCESSING,
    _S.COORDINATING,
    _S.RETURNED,
    _S.NEED_INFO,
    _S.SUSPENDED,
    _S.PENDING_APPROVAL,
)
_ANY_OPEN = tuple(status for status in Status if status in OPEN)
_ANY = tuple(Status)
_HEADS = (_R.TRIAGE, _R.LEADER, _R.MANAGER, _R.INTEGRITY)
_APPROVERS = (_R.LEADER, _R.MANAGER, _R.INTEGRITY)


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "submit",
        (None,),
        _S.NEW,
        (_R.CITIZEN, _R.COLLEAGUE, _R.TRIAGE, _R.SYSTEM),
        ("Gửi đơn", "Submit"),
        needs=("text",),
        clock=Clock.STARTS,
        citizen_reads=("Chúng tôi đã nhận được đơn của ông/bà.", "We have received your letter."),
    ),
    Transition(
        "classify",
        (_S.NEW, _S.NEED_INFO, _S.ACCEPTED, _S.ASSIGNED, _S.PROCESSING, _S.RETURNED, _S.REOPENED),
        SAME,
        (_R.HANDLER, *_HEADS, _R.SYSTEM),
        ("Phân loại", "Classify"),
        needs=("topic", "issue", "kind"),
        clock=Clock.RESTARTS,
    ),
    Transition("seal", _ANY, SAME, (_R.HANDLER, *_HEADS, _R.SYSTEM), ("Giữ kín", "Seal"), needs=("reason",)),
    Transition("unseal", _ANY, SAME, (_R.INTEGRITY,), ("Bỏ giữ kín", "Unseal"), needs=("reason",)),
    Transition(
        "route",
        (_S.NEW, _S.ASSIGNED),
        _S.NEW,
        (_R.HANDLER, *_HEADS, _R.SYSTEM),
        ("Chuyển đơn vị", "Route to a unit"),
        needs=("unit", "reason"),
        citizen_reads=("Đơn được chuyển tới {unit}.", "Your letter was passed to {unit}."),
    ),
    Transition(
        "route",
        (_S.ACCEPTED, _S.PROCESSING, _S.RETURNED),
        _S.ACCEPTED,
        (_R.HANDLER, *_HEADS, _R.SYSTEM),
        ("Chuyển đơn vị", "Route to a unit"),
        needs=("unit", "reason"),
        citizen_reads=("Đơn được chuyển tới {unit}.", "Your letter was passed to {unit}."),
    ),
    Transition(
        "route",
        (_S.REOPENED,),
        SAME,
        (_R.HANDLER, *_HEADS, _R.SYSTEM),
        ("Chuyển đơn vị", "Route to a unit"),
        needs=("unit", "reason"),
        citizen_reads=("Đơn được chuyển tới {unit}.", "Your letter was passed to {unit}."),
    ),
    Transition(
        "assign",
        (_S.NEW, _S.ACCEPTED, _S.ASSIGNED, _S.PROCESSING, _S.RETURNED, _S.REOPENED),
        _S.ASSIGNED,
        (*_HEADS, _R.SYSTEM),
        ("Phân công", "Assign"),
        needs=("handler",),
        citizen_reads=("Đã phân công cán bộ của {unit} xử lý.", "An officer of {unit} was assigned."),
    ),
    Transition(
        "take",
        (_S.NEW, _S.ACCEPTED, _S.REOPENED),
        _S.ASSIGNED,
        (_R.COLLEAGUE,),
        ("Nhận việc", "Take"),
        citizen_reads=("Đã phân công cán bộ của {unit} xử lý.", "An officer of {unit} was assigned."),
    ),
    Transition(
        "accept",
        (_S.NEW,),
        _S.ACCEPTED,
        _HEADS,
        ("Tiếp nhận", "Accept"),
        clock=Clock.ACCEPTED,
        citizen_reads=("Đơn đã được tiếp nhận để xử lý.", "Your letter was accepted for handling."),
    ),
    Transition(
        "accept",
        (_S.ASSIGNED, _S.REOPENED),
        _S.PROCESSING,
        (_R.HANDLER,),
        ("Tiếp nhận, xử lý", "Accept and begin"),
        clock=Clock.ACCEPTED,
        citizen_reads=(
            "Đơn đã được tiếp nhận và đang xử lý.",
            "Your letter was accepted and is being handled.",
        ),
    ),
    Transition(
        "ask_citizen",
        (_S.NEW, _S.ACCEPTED, _S.ASSIGNED, _S.PROCESSING, _S.RETURNED, _S.REOPENED),
        _S.NEED_INFO,
        (_R.HANDLER, *_HEADS),
        ("Đề nghị bổ sung", "Ask the citizen"),
        needs=("question",),
        clock=Clock.PAUSES,
        citizen_reads=(
            "Chúng tôi cần ông/bà cho biết thêm. Thời hạn tạm dừng đến khi ông/bà trả lời.",
            "We need more information from you. The clock is paused until you answer.",
        ),
    ),
    Transition(
        "answer_info",
        (_S.NEED_INFO,),
        RESUME,
        (_R.CITIZEN, _R.HANDLER, *_HEADS),
        ("Bổ sung thông tin", "Give the information"),
        needs=("text",),
        clock=Clock.RESUMES,
        citizen_reads=(
            "Đã nhận thông tin bổ sung. Thời hạn tiếp tục tính.",
            "Your information has arrived. The clock runs on.",
        ),
    ),
    Transition(
        "suspend",
        (_S.ACCEPTED, _S.ASSIGNED, _S.PROCESSING, _S.COORDINATING, _S.RETURNED, _S.REOPENED),
        _S.SUSPENDED,
        _APPROVERS,
        ("Tạm đình chỉ giải quyết", "Suspend"),
        needs=("reason",),
        clock=Clock.PAUSES,
        citizen_reads=(
            "Việc giải quyết được tạm đình chỉ theo {law}; thời hạn tạm dừng. Lý do: {reason}",
            "The handling is suspended under the {law}; the clock is paused. Reason: {reason}",
        ),
    ),
    Transition(
        "resume",
        (_S.SUSPENDED,),
        RESUME,
        _APPROVERS,
        ("Tiếp tục giải quyết", "Resume"),
        needs=("reason",),
        clock=Clock.RESUMES,
        citizen_reads=(
            "Việc giải quyết được tiếp tục, thời hạn tiếp tục tính. Lý do: {reason}",
            "The handling goes on and the clock runs again. Reason: {reason}",
        ),
    ),
    Transition(
        "add_information",
        _ANY_OPEN,
        SAME,
        (_R.CITIZEN,),
        ("Gửi thêm", "Add"),
        citizen_reads=("Ông/bà đã gửi thêm thông tin hoặc tài liệu.", "You added information or a document."),
    ),
    Transition(
        "note",
        _ANY,
        SAME,
        (_R.HANDLER, _R.COLLEAGUE, _R.COORDINATOR, *_HEADS),
        ("Ghi chú nội bộ", "Internal note"),
        needs=("text",),
    ),
    Transition(
        "coordinate",
        (_S.PROCESSING, _S.RETURNED, _S.COORDINATING),
        _S.COORDINATING,
        (_R.HANDLER, _R.LEADER, _R.INTEGRITY),
        ("Lấy ý kiến phối hợp", "Ask other units"),
        needs=("units", "question"),
        citizen_reads=("Đang lấy ý kiến của {units}.", "We are asking {units} for an opinion."),
    ),
    Transition(
        "give_opinion",
        (_S.COORDINATING,),
        SAME,
        (_R.COORDINATOR,),
        ("Cho ý kiến", "Give an opinion"),
        needs=("text",),
    ),
    Transition(
        "end_coordination",
        (_S.COORDINATING,),
        _S.PROCESSING,
        (_R.HANDLER, _R.LEADER, _R.MANAGER, _R.INTEGRITY, _R.SYSTEM),
        ("Kết thúc lấy ý kiến", "End coordination"),
        citizen_reads=("Đã có đủ ý kiến phối hợp.", "The other units have answered."),
    ),
    Transition(
        "request_extension",
        (_S.ASSIGNED, _S.PROCESSING, _S.COORDINATING, _S.RETURNED),
        SAME,
        (_R.HANDLER,),
        ("Đề nghị gia hạn", "Request an extension"),
        needs=("reason",),
    ),
    # Before anybody holds the letter: more time to decide on its acceptance (a tố cáo, Luật Tố cáo, Điều 24.1).
    Transition(
        "request_extension",
        (_S.NEW,),
        SAME,
        (_R.TRIAGE, _R.INTEGRITY),
        ("Đề nghị gia hạn", "Request an extension"),
        needs=("reason",),
    ),
    Transition(
        "approve_extension",
        _DECIDES_EXTENSION,
        SAME,
        _APPROVERS,
        ("Duyệt gia hạn", "Approve the extension"),
        clock=Clock.EXTENDS,
        citizen_reads=(
            "Thời hạn được gia hạn. Lý do: {reason}",
            "The deadline was extended. Reason: {reason}",
        ),
    ),
    Transition(
        "refuse_extension",
        _DECIDES_EXTENSION,
        SAME,
        _APPROVERS,
        ("Không duyệt gia hạn", "Refuse the extension"),
        needs=("reason",),
    ),
    Transition(
        "transfer",
        _BEFORE_REPLY,
        _S.TRANSFERRED,
        _HEADS,
        ("Chuyển cơ quan khác", "Transfer to another agency"),
        needs=("agency", "reason"),
        clock=Clock.STOPS,
        citizen_reads=(
            "Việc này thuộc thẩm quyền của {agency}; chúng tôi đã chuyển đơn tới đó. Lý do: {reason}",
            "This is the competence of {agency}; we passed your letter on. Reason: {reason}",
        ),
    ),
    Transition(
        "reject",
        (*_BEFORE_REPLY, _S.NEED_INFO),
        _S.REJECTED,
        _HEADS,
        ("Không tiếp nhận", "Do not accept"),
        needs=("reason", "hint"),
        clock=Clock.STOPS,
        citizen_reads=(
            "Chúng tôi không tiếp nhận đơn này. Lý do: {reason} {hint}",
            "We cannot take this letter. Reason: {reason} {hint}",
        ),
    ),
    Transition(
        "draft_reply",
        (_S.PROCESSING, _S.RETURNED, _S.COORDINATING),
        SAME,
        (_R.HANDLER,),
        ("Lưu dự thảo trả lời", "Save the draft reply"),
        needs=("body",),
    ),
    Transition(
        "submit_reply",
        (_S.PROCESSING, _S.RETURNED),
        _S.PENDING_APPROVAL,
        (_R.HANDLER,),
        ("Trình duyệt", "Submit for approval"),
        needs=("body",),
    ),
    Transition(
        "return_reply",
        (_S.PENDING_APPROVAL,),
        _S.RETURNED,
        (*_APPROVERS, _R.SUBSTITUTE),
        ("Trả lại", "Return with remarks"),
        needs=("remarks",),
    ),
    Transition(
        "approve_reply",
        (_S.PENDING_APPROVAL,),
        _S.ANSWERED,
        (*_APPROVERS, _R.SUBSTITUTE),
        ("Duyệt và gửi trả lời", "Approve and send"),
        clock=Clock.STOPS,
        citizen_reads=(
            "Đã có trả lời; nội dung ở phần Trả lời.",
            "The answer is here. Please read it below.",
        ),
    ),
    Transition(
        "prepare_publication",
        (_S.ANSWERED, _S.CLOSED),
        SAME,
        (_R.HANDLER, _R.COLLEAGUE, *_APPROVERS),
        ("Soạn bản công khai", "Prepare the public version"),
    ),
    Transition(
        "publish",
        (_S.ANSWERED, _S.CLOSED),
        SAME,
        _APPROVERS,
        ("Công khai", "Publish"),
        citizen_reads=(
            "Câu trả lời đã được công khai; thông tin cá nhân đã được che.",
            "The answer was published; personal data is hidden.",
        ),
    ),
    Transition(
        "withdraw_publication",
        _ANY,
        SAME,
        (*_APPROVERS, _R.SYSTEM),
        ("Gỡ công khai", "Withdraw the publication"),
        needs=("reason",),
        citizen_reads=(
            "Bản công khai đã được gỡ. Lý do: {reason}",
            "The publication was withdrawn. Reason: {reason}",
        ),
    ),
    Transition(
        "rate",
        (_S.ANSWERED, _S.CLOSED),
        SAME,
        (_R.CITIZEN,),
        ("Đánh giá", "Rate"),
        needs=("score",),
        citizen_reads=("Ông/bà đã đánh giá câu trả lời. Xin cảm ơn.", "You rated the answer. Thank you."),
    ),
    Transition(
        "reopen",
        (_S.ANSWERED, _S.CLOSED),
        _S.REOPENED,
        (_R.CITIZEN, _R.MANAGER, _R.INTEGRITY),
        ("Yêu cầu làm rõ", "Ask for clarification"),
        needs=("text",),
        clock=Clock.RESTARTS,
        citizen_reads=("Ông/bà yêu cầu làm rõ câu trả lời.", "You asked for clarification."),
    ),
    Transition(
        "withdraw",
        _ANY_OPEN,
        _S.WITHDRAWN,
        (_R.CITIZEN,),
        ("Rút đơn", "Withdraw"),
        clock=Clock.STOPS,
        citizen_reads=("Ông/bà đã rút đơn.", "You withdrew your letter."),
    ),
    Transition(
        "close",
        (_S.ANSWERED,),
        _S.CLOSED,
        (_R.HANDLER, _R.LEADER, _R.MANAGER, _R.INTEGRITY, _R.SYSTEM),
        ("Kết thúc", "Close"),
        citizen_reads=("Đơn đã kết thúc.", "The case is closed."),
    ),
    Transition(
        "merge",
        _BEFORE_REPLY,
        _S.CLOSED,
        (_R.HANDLER, *_HEADS),
        ("Gộp đơn trùng", "Merge a duplicate"),
        needs=("into",),
        clock=Clock.STOPS,
        citizen_reads=(
            "Đơn có cùng nội dung với một đơn đang được giải quyết; câu trả lời công khai sẽ hiện ở đây.",
            "Your letter has the same content as one being handled; its public answer will appear here.",
        ),
    ),
    Transition(
        "unmerge",
        (_S.CLOSED,),
        _S.NEW,
        (_R.SYSTEM,),
        ("Xử lý riêng trở lại", "Handle it by itself again"),
        clock=Clock.RESTARTS,
        citizen_reads=(
            "Đơn kia đã kết thúc mà không có trả lời; đơn của ông/bà được xử lý riêng trở lại.",
            "The other letter ended without an answer; yours is handled by itself again.",
        ),
    ),
    Transition(
        "split",
        (_S.NEW, _S.ACCEPTED, _S.ASSIGNED, _S.PROCESSING),
        SAME,
        (_R.HANDLER, *_HEADS),
        ("Tách đơn", "Split a mixed letter"),
        needs=("parts",),
        citizen_reads=(
            "Đơn có nhiều việc; chúng tôi tách thành các đơn {children} để từng nơi trả lời.",
            "Your letter has several matters; we split it into {children} so that each is answered.",
        ),
    ),
    Transition(
        "set_subject",
        _ANY_OPEN,
        SAME,
        (_R.HANDLER, *_HEADS),
        ("Ghi người/đơn vị bị phản ánh", "Name whom the letter is about"),
    ),
    Transition(
        "read_identity",
        _ANY,
        SAME,
        (_R.HANDLER, _R.TRIAGE, _R.LEADER, _R.INTEGRITY),
        ("Xem thông tin người gửi", "Read the sender's identity"),
        needs=("reason",),
        citizen_reads=(
            "Cán bộ đã mở xem họ tên, cách liên hệ của ông/bà; lý do được ghi lại.",
            "An officer opened your name and contact details; the reason is recorded.",
        ),
    ),
    Transition(
        "redate",
        _ANY_OPEN,
        SAME,
        (_R.SYSTEM,),
        ("Tính lại hạn theo quy định mới", "Date computed anew under the new rules"),
        clock=Clock.REDATES,
        citizen_reads=(
            "Hạn trả lời được tính lại từ {due_before} thành {due_at}. Lý do: {change}",
            "The date of the answer was computed anew: {due_at} instead of {due_before}. Reason: {change}",
        ),
    ),
    Transition(
        "keep_date",
        _ANY_OPEN,
        SAME,
        (_R.SYSTEM,),
        ("Giữ nguyên hạn theo quy định mới", "Date unchanged under the new rules"),
        clock=Clock.REDATES,
    ),
    Transition(
        "succeed",
        _ANY_OPEN,
        SAME,
        (_R.SYSTEM,),
        ("Chuyển sang đơn vị kế thừa", "Pass to the successor unit"),
        citizen_reads=(
            "{unit_before} đã sắp xếp lại; từ nay {unit} giải quyết đơn này, hạn trả lời không đổi.",
            "{unit_before} was reorganised; {unit} handles your letter from now on, by the same date.",
        ),
    ),
    Transition(
        "pass_question",
        _ANY_OPEN,
        SAME,
        (_R.SYSTEM,),
        ("Chuyển câu hỏi sang đơn vị kế thừa", "Pass the question to the successor unit"),
    ),
    Transition("due_soon", _ANY_OPEN, SAME, (_R.SYSTEM,), ("Sắp đến hạn", "Due soon")),
    Transition(
        "overdue",
        _ANY_OPEN,
        SAME,
        (_R.SYSTEM,),
        ("Quá hạn", "Overdue"),
        citizen_reads=(
            "Đã quá hạn trả lời. Xin lỗi ông/bà; lãnh đạo đơn vị đã được báo.",
            "The answer is late. We apologise; the head of the unit has been told.",
        ),
    ),
    Transition("escalate", _ANY_OPEN, SAME, (_R.SYSTEM,), ("Báo cấp trên vì quá hạn", "Escalate")),
    Transition(
        "waiting",
        (_S.NEED_INFO,),
        SAME,
        (_R.SYSTEM,),
        ("Chờ bổ sung đã lâu", "Waiting long for information"),
    ),
    Transition(
        "unassignable",
        _ANY_OPEN,
        SAME,
        (_R.SYSTEM,),
        ("Chưa có người nhận", "Nobody to assign"),
    ),
)

VERBS: tuple[str, ...] = tuple(dict.fromkeys(row.verb for row in TRANSITIONS))
_BY_KEY: dict[tuple[str, Status | None], Transition] = {
    (row.verb, source): row for row in TRANSITIONS for source in row.sources
}


def find(verb: str, status: Status | str | None) -> Transition | None:
    """The row for `verb` in `status`, or None when the verb does not exist there."""
    return _BY_KEY.get((verb, Status(status) if status is not None else None))


def sources(verb: str) -> frozenset[Status]:
    """Every status in which `verb` exists."""
    return frozenset(source for row in TRANSITIONS if row.verb == verb for source in row.sources if source)


def allowed(status: Status | str, roles: Iterable[Role]) -> Iterator[Transition]:
    """Every row a person with these roles may use on a case in this status, in table order."""
    mine = frozenset(roles)
    for row in TRANSITIONS:
        if Status(status) in row.sources and mine.intersection(row.roles):
            yield row


def reachable(start: Status) -> frozenset[Status]:
    """Every status that can follow `start`, itself included (RESUME leads back to where the pause began)."""
    seen, todo = {start}, [start]
    while todo:
        status = todo.pop()
        for row in TRANSITIONS:
            if status in row.sources and isinstance(row.target, Status) and row.target not in seen:
                seen.add(row.target)
                todo.append(row.target)
    return frozenset(seen)


def status_name(status: Status | str, language: str = "vi") -> str:
    return STATUS_NAMES[Status(status)][1 if language == "en" else 0]


def as_rows(language: str = "vi") -> list[tuple[str, ...]]:
    """The table for people: verb, label, from, to, who, needs, clock, what the citizen reads."""
    i = 1 if language == "en" else 0
    rows: list[tuple[str, ...]] = []
    for row in TRANSITIONS:
        target = "↩" if row.target == RESUME else "=" if row.target is None else str(row.target)
        sources = "*" if row.sources == _ANY else ", ".join(str(s) if s else "—" for s in row.sources)
        reads = row.citizen_reads[i] if row.citizen_reads else ""
        roles = ", ".join(row.roles)
        rows.append(
            (row.verb, row.label[i], sources, target, roles, ", ".join(row.needs), str(row.clock), reads)
        )
    return rows


def as_mermaid(language: str = "vi") -> str:
    """A Mermaid state diagram of the transitions that change the status."""
    i = 1 if language == "en" else 0
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{STATUS_NAMES[s][i]}" as {s}' for s in Status]
    for row in TRANSITIONS:
        for source in row.sources:
            if row.target is None or source == row.target:
                continue
            if row.target == RESUME:
                paused_from = [s for r in TRANSITIONS if r.target == source for s in r.sources]
                lines += [f"    {source} --> {s} : {row.verb}" for s in paused_from]
            else:
                lines.append(f"    {source if source else '[*]'} --> {row.target} : {row.verb}")
    lines += [f"    {s} --> [*]" for s in Status if s in FINAL]
    return "\n".join(lines)
