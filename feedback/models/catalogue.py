"""What letters are about: topics (two levels) × issues × kinds; procedures; who is competent; ready sentences.

Codes are the primary keys: a case row names its labels without a join, exports read as the office writes them.
"""

from __future__ import annotations

from django.db import models


class Label(models.Model):
    """Common columns of topics, issues and kinds."""

    code = models.CharField("mã", max_length=40, primary_key=True)
    name_vi = models.CharField("tên", max_length=200)
    name_en = models.CharField("tên tiếng Anh", max_length=200, blank=True)
    description = models.TextField("mô tả", blank=True)
    keywords = models.JSONField("từ khóa", default=list, blank=True)
    flag = models.CharField("cảnh báo khi nghi ngờ", max_length=40, blank=True)
    implies = models.CharField("thường là loại", max_length=40, blank=True)
    active = models.BooleanField("đang dùng", default=True)

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_vi


class Topic(Label):
    """Lĩnh vực: hộ tịch, chứng thực … with one level of children."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="thuộc lĩnh vực"
    )

    class Meta(Label.Meta):
        verbose_name = "lĩnh vực"
        verbose_name_plural = "lĩnh vực"


class Issue(Label):
    """Vấn đề: chậm, thái độ, phí, đòi thêm giấy tờ …"""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="thuộc vấn đề"
    )

    class Meta(Label.Meta):
        verbose_name = "vấn đề"
        verbose_name_plural = "vấn đề"


class Kind(Label):
    """Loại: phản ánh, kiến nghị, khiếu nại, tố cáo, hỏi đáp, khen, không tiếp nhận – the law's distinction."""

    legal = models.TextField("căn cứ", blank=True)
    requires_confirmation = models.BooleanField("phải có người xác nhận", default=False)
    sealed_suggestion = models.BooleanField("nghi ngờ thì giữ kín ngay", default=False)
    never_published = models.BooleanField("không bao giờ công khai thư", default=False)

    class Meta(Label.Meta):
        verbose_name = "loại đơn"
        verbose_name_plural = "loại đơn"


class Signal(Label):
    """A warning that goes with a letter whatever its labels are: urgency, spam …"""

    class Meta(Label.Meta):
        verbose_name = "tín hiệu"
        verbose_name_plural = "tín hiệu"


class Procedure(models.Model):
    """An administrative procedure (TTHC). `legal_days` null means: not stated, never guessed."""

    class Online(models.TextChoices):
        FULL = "full", "Trực tuyến toàn trình"
        PARTIAL = "partial", "Trực tuyến một phần"
        NONE = "none", "Trực tiếp"
        UNKNOWN = "unknown", "Chưa rõ"

    class DayUnit(models.TextChoices):
        WORKING = "wd", "ngày làm việc"
        CALENDAR = "cd", "ngày"

    code = models.CharField("mã", max_length=40, primary_key=True)
    national_code = models.CharField("mã quốc gia", max_length=40, blank=True)
    name_vi = models.CharField("tên", max_length=300)
    name_en = models.CharField("tên tiếng Anh", max_length=300, blank=True)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="procedures", verbose_name="lĩnh vực")
    unit_level = models.CharField("cấp giải quyết", max_length=20, blank=True)
    competent_unit = models.CharField(
        "đơn vị có thẩm quyền", max_length=40, blank=True, help_text="Mã đơn vị, hoặc @place"
    )
    legal_days = models.PositiveIntegerField("thời hạn giải quyết", null=True, blank=True)
    legal_days_unit = models.CharField("tính theo", max_length=2, choices=DayUnit.choices, blank=True)
    online_level = models.CharField(
        "mức độ trực tuyến", max_length=10, choices=Online.choices, default=Online.UNKNOWN
    )
    published = models.BooleanField("đã công bố", default=True)
    law = models.CharField("căn cứ", max_length=300, blank=True)
    confidence = models.CharField("độ chắc chắn", max_length=40, blank=True)

    class Meta:
        verbose_name = "thủ tục hành chính"
        verbose_name_plural = "thủ tục hành chính"
        ordering = ["topic_id", "code"]

    def __str__(self) -> str:
        return self.name_vi


class Route(models.Model):
    """Topic (× issue) × date → unit. `unit_code` may be "@place": the commune the letter is about."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="routes", verbose_name="lĩnh vực")
    issue = models.ForeignKey(
        Issue, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="vấn đề"
    )
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    unit_code = models.CharField("đơn vị", max_length=40, help_text="Mã đơn vị, hoặc @place")
    fallback = models.ForeignKey(
        "feedback.Unit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="khi không rõ nơi",
    )
    supervisor = models.ForeignKey(
        "feedback.Unit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="quản lý nhà nước",
    )
    confidence = models.CharField("độ chắc chắn", max_length=40, blank=True)

    class Meta:
        verbose_name = "thẩm quyền"
        verbose_name_plural = "thẩm quyền"
        constraints = [
            models.UniqueConstraint(fields=["topic", "issue", "valid_from"], name="route_once"),
            models.UniqueConstraint(
                fields=["topic", "valid_from"],
                condition=models.Q(issue=None),
                name="route_for_any_issue_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} × {self.issue_id or '*'} → {self.unit_code}"


class RouteOverride(models.Model):
    """Before any route: an issue or a kind that goes to a unit, or to whichever unit holds a role."""

    issue = models.ForeignKey(
        Issue, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="vấn đề"
    )
    kind = models.ForeignKey(
        Kind, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="loại đơn"
    )
    unit = models.ForeignKey(
        "feedback.Unit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="đơn vị"
    )
    role = models.CharField("hoặc chức năng", max_length=40, blank=True)
    reason_vi = models.CharField("lý do", max_length=300)
    priority = models.PositiveIntegerField("ưu tiên", default=100, help_text="Nhỏ hơn xét trước")

    class Meta:
        verbose_name = "thẩm quyền đặc biệt"
        verbose_name_plural = "thẩm quyền đặc biệt"
        ordering = ["priority", "pk"]

    def __str__(self) -> str:
        return self.reason_vi


class ReplyTemplate(models.Model):
    """A reply to start from. Fields in braces come from a closed set (`feedback.actions.templates`)."""

    code = models.CharField("mã", max_length=40, primary_key=True)
    name_vi = models.CharField("tên", max_length=200)
    topic = models.ForeignKey(
        Topic, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="lĩnh vực"
    )
    issue = models.ForeignKey(
        Issue, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="vấn đề"
    )
    kind = models.ForeignKey(
        Kind, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="loại đơn"
    )
    body_vi = models.TextField("nội dung")

    class Meta:
        verbose_name = "mẫu trả lời"
        verbose_name_plural = "mẫu trả lời"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_vi


class RejectReason(models.Model):
    """Why a letter is not taken, with where to go instead."""

    code = models.CharField("mã", max_length=40, primary_key=True)
    name_vi = models.CharField("tên", max_length=200)
    name_en = models.CharField("tên tiếng Anh", max_length=200, blank=True)
    sentence_vi = models.TextField("câu gửi người dân")
    sentence_en = models.TextField("câu tiếng Anh", blank=True)
    transfer_unit = models.ForeignKey(
        "feedback.Unit", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="nơi nên gửi"
    )

    class Meta:
        verbose_name = "lý do không tiếp nhận"
        verbose_name_plural = "lý do không tiếp nhận"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_vi


class CatalogueOrigin(models.Model):
    """What `load_catalogue` last wrote into a row, as a fingerprint: a row that differs was edited by the office."""

    table = models.CharField(max_length=40)
    code = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "code"], name="origin_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.code}"
