from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("feedback", "0012_writing_the_answer")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="absence",
            name="approves",
            field=models.BooleanField(default=False, verbose_name="duyệt thay"),
        ),
        migrations.AddField(
            model_name="user",
            name="weekly_capacity",
            field=models.PositiveSmallIntegerField(default=10, verbose_name="sức làm mỗi tuần"),
        ),
        migrations.AlterField(
            model_name="accountevent",
            name="act",
            field=models.CharField(
                choices=[
                    ("signed_in", "Đăng nhập"),
                    ("stepped_up", "Xác nhận lại trước khi đổi cách đăng nhập"),
                    ("app_added", "Thêm ứng dụng tạo mã"),
                    ("app_removed", "Bỏ ứng dụng tạo mã"),
                    ("passkey_added", "Thêm khóa truy cập"),
                    ("passkey_removed", "Bỏ khóa truy cập"),
                    ("codes_made", "Tạo mã dự phòng"),
                    ("codes_removed", "Bỏ mã dự phòng"),
                    ("code_used", "Dùng một mã dự phòng"),
                    ("linked", "Nối với đăng nhập một lần của cơ quan"),
                    ("password_changed", "Đổi mật khẩu"),
                    ("sessions_ended", "Đăng xuất khỏi các thiết bị khác"),
                    ("factors_reset", "Người quản trị xóa bước xác thực thứ hai"),
                    ("link_sent", "Người quản trị gửi liên kết đăng nhập"),
                ],
                max_length=20,
                verbose_name="việc",
            ),
        ),
        migrations.CreateModel(
            name="AuditShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("percent", models.PositiveSmallIntegerField(verbose_name="tỷ lệ (%)")),
                ("set_at", models.DateTimeField()),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OfficeAct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("person_added", "Thêm người"),
                            ("person_changed", "Sửa thông tin người"),
                            ("person_closed", "Ngừng tài khoản"),
                            ("person_reopened", "Mở lại tài khoản"),
                            ("link_sent", "Gửi liên kết đăng nhập"),
                            ("role_given", "Giao vai trò"),
                            ("role_changed", "Sửa vai trò"),
                            ("capacity", "Đổi sức làm mỗi tuần"),
                            ("label", "Sửa danh mục"),
                            ("procedure", "Sửa thủ tục"),
                            ("template_added", "Thêm mẫu trả lời"),
                            ("template", "Sửa mẫu trả lời"),
                            ("audit_share", "Đổi tỷ lệ kiểm tra ngẫu nhiên"),
                        ],
                        max_length=20,
                        verbose_name="việc",
                    ),
                ),
                ("subject", models.CharField(max_length=80)),
                ("name", models.CharField(blank=True, max_length=300, verbose_name="tên khi đó")),
                ("changes", models.JSONField(blank=True, default=dict, verbose_name="thay đổi")),
                ("why", models.CharField(blank=True, max_length=500, verbose_name="lý do")),
                ("at", models.DateTimeField(verbose_name="lúc")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người làm",
                    ),
                ),
            ],
            options={
                "verbose_name": "việc quản trị",
                "verbose_name_plural": "nhật ký quản trị",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["subject", "-id"], name="office_act_of_subject")],
            },
        ),
    ]
