"""Refusals only the API can give, in the shape of `feedback.errors`."""

from __future__ import annotations

from feedback.calendar.core import BeyondHorizon
from feedback.errors import OfficeError


class CalendarEnds(OfficeError):
    """BeyondHorizon in the dress of a refusal: the calendar package may not know `feedback.errors`."""

    code = BeyondHorizon.code
    status = BeyondHorizon.status
    vi = BeyondHorizon.vi
    en = BeyondHorizon.en


class ParseFailed(OfficeError):
    code = "malformed_body"
    vi = "Không đọc được nội dung yêu cầu. Xin kiểm tra cú pháp JSON hoặc multipart."
    en = "The body of the request cannot be read. Check its JSON or multipart syntax."


class WrongValue(OfficeError):
    code = "wrong_value"
    vi = "Giá trị này không đúng kiểu hoặc ngoài khoảng cho phép."
    en = "This value has the wrong type or is out of range."


class UnknownField(OfficeError):
    code = "unknown_field"
    vi = "Không có trường này. Xin xem tài liệu API."
    en = "There is no such field. See the documentation of the API."


class UnknownParameter(OfficeError):
    code = "unknown_parameter"
    vi = "Không có tham số này. Xin xem tài liệu API."
    en = "There is no such parameter. See the documentation of the API."


class WrongCursor(OfficeError):
    code = "wrong_cursor"
    vi = "Con trỏ trang không đúng. Xin đọc lại từ trang đầu."
    en = "The cursor is not valid. Start again from the first page."


class WrongIdempotencyKey(OfficeError):
    code = "wrong_idempotency_key"
    vi = "Idempotency-Key gồm {minimum} đến 255 ký tự ASCII nhìn thấy được; nên dùng UUID."
    en = "An Idempotency-Key has {minimum} to 255 visible ASCII characters; use a UUID."


class WrongVersion(OfficeError):
    code = "wrong_version"
    vi = 'If-Match phải là số phiên bản trong ngoặc kép, ví dụ "12".'
    en = 'If-Match must be the version number in quotes, for example "12".'


class OfficeOnly(OfficeError):
    """A field that only staff may set."""

    code = "staff_only_field"
    vi = "Chỉ cán bộ được ghi mục này."
    en = "Only staff may set this field."


class NotSignedIn(OfficeError):
    code = "not_authenticated"
    status = 401
    vi = "Cần khóa API (Authorization: Bearer …), hoặc mã bí mật của đơn (X-Case-Code)."
    en = "An API token (Authorization: Bearer …) or the case's secret code (X-Case-Code) is needed."


class TokenInvalid(OfficeError):
    code = "token_invalid"
    status = 401
    vi = "Khóa API không đúng."
    en = "The API token is not valid."


class TokenRevoked(OfficeError):
    code = "token_revoked"
    status = 401
    vi = "Khóa API đã bị thu hồi."
    en = "The API token was revoked."


class TokenExpired(OfficeError):
    code = "token_expired"
    status = 401
    vi = "Khóa API đã hết hạn."
    en = "The API token has expired."


class CsrfFailed(OfficeError):
    code = "csrf_failed"
    status = 403
    vi = "Thiếu hoặc sai mã chống giả mạo (CSRF). Xin tải lại trang rồi làm lại."
    en = "The CSRF token is missing or wrong. Reload the page and try again."


class InsufficientScope(OfficeError):
    code = "insufficient_scope"
    status = 403
    vi = "Khóa API không có quyền “{scope}”."
    en = "The API token lacks the scope “{scope}”."


class StaffOnly(OfficeError):
    code = "staff_only"
    status = 403
    vi = "Chỉ dành cho cán bộ."
    en = "For staff only."


class NoSuchAddress(OfficeError):
    code = "no_such_address"
    status = 404
    vi = "Không có địa chỉ này. Xin xem tài liệu API."
    en = "There is nothing at this address. See the documentation of the API."


class WrongMethod(OfficeError):
    code = "method_not_allowed"
    status = 405
    vi = "Địa chỉ này không nhận phương thức đó."
    en = "This address does not take that method."


class NotAcceptable(OfficeError):
    code = "not_acceptable"
    status = 406
    vi = "API trả lời bằng JSON; xin sửa tiêu đề Accept."
    en = "The API answers in JSON; change the Accept header."


class Gone(OfficeError):
    code = "gone"
    status = 410
    vi = "Bản công khai này đã được gỡ. Lý do: {reason}"
    en = "This publication was withdrawn. Reason: {reason}"


class BodyTooLarge(OfficeError):
    code = "body_too_large"
    status = 413
    vi = "Yêu cầu quá lớn: JSON tối đa {maximum_mb} MB; tệp gửi bằng multipart, tối đa 5 tệp, mỗi tệp 10 MB."
    en = "The request is too large: JSON up to {maximum_mb} MB; files as multipart, at most 5 of 10 MB each."


class WrongMediaType(OfficeError):
    code = "unsupported_media_type"
    status = 415
    vi = "Chỉ nhận application/json hoặc multipart/form-data."
    en = "Only application/json or multipart/form-data is accepted."


class Unavailable(OfficeError):
    """The database does not answer; nothing was written, the same request may be sent again."""

    code = "unavailable"
    status = 503
    vi = "Hệ thống đang bận hoặc bảo trì. Xin gửi lại sau {wait} giây."
    en = "The system is busy or under maintenance. Send the request again in {wait} seconds."


class NoClassifier(OfficeError):
    """The model cannot be used; a letter sent now is sorted by hand. An empty suggestion would say something else: that
    the text was read and is about nothing in particular."""

    code = "no_classifier"
    status = 503
    vi = "Bộ phân loại tạm thời không dùng được; đơn gửi vào lúc này do cán bộ phân loại. Xin hỏi lại sau {wait} giây."
    en = "The classifier cannot be used now; letters sent meanwhile are sorted by hand. Ask again in {wait} seconds."
