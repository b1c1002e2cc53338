"""A body for each verb, as the documentation shows it. Values are roles and catalogue codes, nobody's data."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "classify": {"topic": "HT.KS", "issue": None, "kind": "PHAN_ANH", "dispatch": True},
    "seal": {"reason": "Thư nêu hành vi nhận tiền của một cán bộ."},
    "unseal": {"reason": "Người gửi đồng ý xử lý theo cách thông thường."},
    "route": {"unit": "STP.HCTP", "reason": "Việc thuộc Phòng Hành chính tư pháp."},
    "assign": {"handler": 12},
    "ask_citizen": {"question": "Xin ông/bà cho biết ngày hẹn ghi trên giấy hẹn."},
    "answer_info": {"text": "Ngày hẹn là 12/10/2026."},
    "suspend": {"reason": "Chờ kết quả giám định chữ ký tại cơ quan giám định."},
    "resume": {"reason": "Đã có kết quả giám định."},
    "add_information": {"text": "Tôi gửi thêm ảnh giấy hẹn."},
    "note": {"text": "Đã gọi bộ phận một cửa, hẹn trả lời trước 16 giờ."},
    "coordinate": {"units": ["STP.VP"], "question": "Đề nghị cho biết tình trạng hồ sơ."},
    "give_opinion": {"text": "Hồ sơ đã chuyển ngày 05/11/2026."},
    "request_extension": {"reason": "Chờ cơ quan đăng ký nơi khác xác minh."},
    "refuse_extension": {"reason": "Đã đủ thông tin để trả lời."},
    "transfer": {"agency": "CA_TINH", "reason": "Căn cước do cơ quan Công an cấp."},
    "reject": {"code": "KHONG_RO", "reason": "Thư không nêu việc cụ thể nào."},
    "draft_reply": {"body": "Kính gửi ông/bà, …"},
    "submit_reply": {"body": "Kính gửi ông/bà, giấy khai sinh đã có tại bộ phận một cửa."},
    "return_reply": {"remarks": "Nêu rõ căn cứ và ngày trả kết quả."},
    "prepare_publication": {
        "title": "Chậm trả kết quả đăng ký khai sinh",
        "include_question": True,
        "question_spans": [{"start": 0, "end": 3, "kind": "name"}],
        "answer_spans": [],
    },
    "withdraw_publication": {"reason": "Cần sửa thông tin."},
    "rate": {"score": 3, "words": "Trả lời rõ ràng."},
    "reopen": {"text": "Câu trả lời chưa nói đến lệ phí."},
    "merge": {"into": "HA-2026-0000123"},
    "split": {"parts": [{"start": 0, "end": 120}, {"start": 120, "end": 260}]},
    "set_subject": {"unit": "STP.HCTP", "officer": None},
    "read_identity": {"reason": "Cần gọi lại để hỏi ngày hẹn."},
}
