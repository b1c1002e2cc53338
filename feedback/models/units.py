"""Units as dated nodes with successors: history keeps the old name, open cases follow the successor."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q


class UnitQuerySet(models.QuerySet["Unit"]):
    def existing(self, on: date) -> UnitQuerySet:
        """Units that exist on `on` (valid_to is inclusive)."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)


class Unit(models.Model):
    """An agency, office, division, one-stop centre, commune, or an external agency we only transfer to."""

    class Type(models.TextChoices):
        AGENCY = "agency", "Cơ quan"
        OFFICE = "office", "Văn phòng"
        DIVISION = "division", "Phòng chuyên môn"
        PUBLIC_UNIT = "public_unit", "Đơn vị sự nghiệp"
        ONE_STOP = "one_stop", "Bộ phận một cửa"
        COMMUNE = "commune", "Xã, phường"
        CLASS = "class", "Loại đơn vị"
        EXTERNAL = "external", "Cơ quan khác"

    code = models.CharField("mã", max_length=40, primary_key=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="cấp trên"
    )
    kind = models.CharField("loại", max_length=20, choices=Type.choices)
    name_vi = models.CharField("tên", max_length=200)
    name_en = models.CharField("tên tiếng Anh", max_length=200, blank=True)
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    successors = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="predecessors", verbose_name="đơn vị kế thừa"
    )
    roles = models.JSONField("chức năng", default=list, blank=True)
    address = models.CharField("địa chỉ", max_length=300, blank=True)
    note = models.TextField("ghi chú", blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "đơn vị"
        verbose_name_plural = "đơn vị"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_vi

    def exists_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def external(self) -> bool:
        return self.kind == self.Type.EXTERNAL

    @property
    def takes_cases(self) -> bool:
        """People work there: it is no outside agency, and no class that stands for many units."""
        return self.kind not in (self.Type.EXTERNAL, self.Type.CLASS)
