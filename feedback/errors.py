"""Every refusal the office can give, as small classes: a stable code, data, and one sentence per language.

Plain Python. Doors map them to their own dress at one place each: pages to an error summary
(`feedback/web/errors.py`), the API to RFC 9457 problem+json (`api/errors.py`).
"""

from __future__ import annotations

from typing import Any, ClassVar


class OfficeError(Exception):
    """Base of every refusal. `sentence("vi")` says what is wrong and what to do, without personal data.

    A value of `data` that is a pair is (Vietnamese, English).
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    vi: ClassVar[str] = "Yêu cầu không thực hiện được."
    en: ClassVar[str] = "The request could not be carried out."

    def __init__(self, field: str | None = None, **data: Any) -> None:
        super().__init__(self.code)
        self.field = field
        self.data = data

    def sentence(self, language: str = "vi") -> str:
        """The sentence in `language` ("vi" or "en"), with this error's data filled in."""
        i = 1 if language == "en" else 0
        words = {name: value[i] if isinstance(value, tuple) else value for name, value in self.data.items()}
        return (self.vi, self.en)[i].format(**words)

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence('en')}"


class InvalidInput(OfficeError):
    """Several fields are wrong at once: `errors` maps a field name to its own OfficeError."""

    code = "invalid"
    status = 400
    vi = "Có thông tin chưa đúng. Xin xem từng mục bên dưới."
    en = "Some fields are not right. Please see each of them below."

    def __init__(self, errors: dict[str, OfficeError]) -> None:
        super().__init__()
        self.errors = errors


class FieldRequired(OfficeError):
    code = "required"
    vi = "Xin điền mục này."
    en = "This field is required."


class TextTooShort(OfficeError):
    code = "text_too_short"
    vi = "Nội dung quá ngắn. Xin viết ít nhất {minimum} ký tự để chúng tôi hiểu việc của ông/bà."
    en = "The text is too short. Please write at least {minimum} characters so that we understand."


class TextTooLong(OfficeError):
    code = "text_too_long"
    vi = "Nội dung dài {length} ký tự, tối đa {maximum}. Xin rút gọn hoặc gửi phần chi tiết thành tệp đính kèm."
    en = "The text has {length} characters, at most {maximum} are allowed. Shorten it or attach the details as a file."


class UnknownCode(OfficeError):
    code = "unknown_code"
    vi = "Không có mã “{value}” trong danh mục. Xin chọn một mục trong danh sách."
    en = "“{value}” is not in the catalogue. Choose one from the list."


class WrongDate(OfficeError):
    code = "wrong_date"
    vi = "Ngày này không đúng. Xin viết theo dạng ngày/tháng/năm, ví dụ 05/11/2026."
    en = "This date is not valid. Write it as YYYY-MM-DD, for example 2026-11-05."


class WrongPhone(OfficeError):
    code = "wrong_phone"
    vi = "Số điện thoại này không đúng. Ví dụ đúng: 0912 345 678. Có thể bỏ trống mục này."
    en = "This phone number is not valid. You may leave it empty."


class WrongName(OfficeError):
    code = "wrong_name"
    vi = "Mục này dành cho họ tên. Nếu là số điện thoại, xin viết vào mục số điện thoại."
    en = "This field is for a name. If it is a phone number, put it in the phone field."


class WrongEmail(OfficeError):
    code = "wrong_email"
    vi = "Địa chỉ thư điện tử này không đúng. Ví dụ đúng: ten@example.vn. Có thể bỏ trống mục này."
    en = "This e-mail address is not valid. You may leave it empty."


class FileRefused(OfficeError):
    """An attachment that is not taken; subclasses say why."""

    code = "file_refused"
    vi = "Tệp “{name}” không nhận được. Xin gửi ảnh (JPG, PNG) hoặc PDF."
    en = "The file “{name}” cannot be accepted. Send an image (JPG, PNG) or a PDF."


class FileTooLarge(FileRefused):
    code = "file_too_large"
    vi = "Tệp “{name}” quá lớn (tối đa {maximum_mb} MB). Xin chụp lại ở cỡ nhỏ hơn hoặc gửi ít trang hơn."
    en = "The file “{name}” is too large (at most {maximum_mb} MB)."


class FileEmpty(FileRefused):
    code = "file_empty"
    vi = "Tệp “{name}” không có nội dung. Xin chọn lại tệp."
    en = "The file “{name}” is empty. Choose it again."


class FileUnreadable(FileRefused):
    code = "file_unreadable"
    vi = "Tệp “{name}” bị hỏng, không mở được. Xin chụp hoặc lưu lại rồi gửi lại."
    en = "The file “{name}” is damaged and cannot be opened."


class FileTypeRefused(FileRefused):
    code = "file_type_refused"


class TooManyFiles(OfficeError):
    code = "too_many_files"
    vi = "Chỉ gửi được tối đa {maximum} tệp. Xin bỏ bớt tệp."
    en = "At most {maximum} files can be sent."


class NotAllowed(OfficeError):
    """The verb exists but not for this person, in this state, on this case."""

    code = "not_allowed"
    status = 403
    vi = "Ông/bà không có quyền làm việc này với đơn này."
    en = "You may not do this with this case."


class WrongState(OfficeError):
    code = "wrong_state"
    status = 409
    vi = "Đơn đang ở trạng thái “{status}” nên không làm được việc này. Xin tải lại trang để xem tình trạng mới nhất."
    en = "The case is in state “{status}”, so this cannot be done now. Reload to see its present state."


class StaleVersion(OfficeError):
    """Somebody changed the case since the caller saw it."""

    code = "stale_version"
    status = 409
    vi = "Đơn vừa được người khác cập nhật. Xin xem lại rồi làm lại; nội dung ông/bà đã gõ vẫn còn."
    en = "The case was changed by somebody else. Look again and repeat; what you typed is kept."


class NotFound(OfficeError):
    """No such case, or the code does not fit: on purpose the same answer."""

    code = "not_found"
    status = 404
    vi = "Không tìm thấy. Xin kiểm tra lại mã đơn và mã bí mật."
    en = "Not found. Check the reference and the secret code."


class TooManyRequests(OfficeError):
    code = "too_many_requests"
    status = 429
    vi = "Có quá nhiều yêu cầu trong thời gian ngắn. Xin thử lại sau {wait} giây."
    en = "Too many requests. Try again in {wait} seconds."


class IdempotencyConflict(OfficeError):
    """Same Idempotency-Key, other body."""

    code = "idempotency_conflict"
    status = 409
    vi = "Khóa gửi lại này đã dùng cho một nội dung khác. Xin dùng khóa mới."
    en = "This Idempotency-Key was already used with another body. Use a new key."


class CannotAssign(OfficeError):
    code = "cannot_assign"
    status = 409
    vi = "Không phân công được: {reason}."
    en = "Cannot assign: {reason}."


class ReasonRequired(FieldRequired):
    code = "reason_required"
    vi = "Xin nêu lý do; người dân sẽ đọc được lý do này."
    en = "Give a reason; the citizen will read it."


class FileTooManyPixels(FileRefused):
    """A picture that would need too much memory once unpacked (often a decompression bomb)."""

    code = "file_too_many_pixels"
    vi = "Ảnh “{name}” có kích thước quá lớn khi mở ra. Xin chụp lại ở cỡ nhỏ hơn rồi gửi lại."
    en = "The picture “{name}” has too many pixels. Take it again at a smaller size."


class FileHeicRefused(FileTypeRefused):
    """The usual format of an iPhone camera, which this server cannot open."""

    code = "file_heic_refused"
    vi = "Ảnh “{name}” ở định dạng HEIC nên chưa mở được. Xin lưu ảnh dạng JPG rồi gửi lại."
    en = "The picture “{name}” is in HEIC format, which cannot be opened here. Save it as JPG and send it again."


class FileActiveContent(FileTypeRefused):
    """A PDF that carries a program."""

    code = "file_active_content"
    vi = "Tệp “{name}” có kèm chương trình tự chạy nên không nhận được. Xin in lại thành PDF hoặc chụp ảnh tài liệu."
    en = "The file “{name}” carries a program and cannot be accepted. Print it to a new PDF or photograph the pages."


class ReportTooLong(OfficeError):
    code = "report_too_long"
    status = 409
    vi = "Báo cáo này phải đọc hơn {most} đơn. Xin lập trong nền trên trang Báo cáo, hoặc chọn kỳ ngắn hơn."
    en = "This report reads more than {most} letters. Have it made in the background on the page Reports."


class NoPdf(OfficeError):
    code = "no_pdf"
    status = 503
    vi = "Máy chủ thiếu thư viện Pango nên chưa tạo được PDF. Xin tải Excel hoặc CSV, và báo quản trị viên."
    en = "The server lacks the library Pango, so there is no PDF. Please take Excel or CSV, and tell the administrator."

    def __init__(self, field: str | None = None, **data: Any) -> None:
        super().__init__(field, **{"wait": 3600, **data})


class TooManyReports(OfficeError):
    code = "too_many_reports"
    status = 409
    vi = "Ông/bà đã có {most} báo cáo đang chờ hoặc đang được gửi theo lịch. Xin chờ, hoặc dừng bớt một báo cáo."
    en = "You already have {most} reports waiting or sent on a schedule. Please wait, or stop one of them."


class SheetRefused(OfficeError):
    """A table file (CSV, JSONL, XLSX) that cannot be imported at all; single bad rows are not this."""

    code = "sheet_refused"
    vi = "Không đọc được tệp dữ liệu “{name}”. Xin lưu lại dạng CSV (UTF-8), JSONL hoặc XLSX rồi gửi lại."
    en = "The data file “{name}” cannot be read. Save it as CSV (UTF-8), JSONL or XLSX."


class SheetTypeRefused(SheetRefused):
    code = "sheet_type_refused"
    vi = "Tệp “{name}” không thuộc loại nhận được. Chỉ nhận tệp .csv, .jsonl hoặc .xlsx."
    en = "The file “{name}” is not of an accepted kind. Only .csv, .jsonl and .xlsx are."


class SheetTooLarge(SheetRefused):
    """Too large once unpacked: a zip bomb, or honestly too much for one file."""

    code = "sheet_too_large"
    vi = "Tệp “{name}” quá lớn khi mở ra. Xin chia thành nhiều tệp nhỏ hơn hoặc dùng CSV."
    en = "The file “{name}” is too large once unpacked. Split it, or use CSV."


class SheetHeaderWrong(SheetRefused):
    code = "sheet_header_wrong"
    vi = "Dòng tiêu đề của tệp “{name}” chưa đúng: cần có tên cột ở dòng đầu và không có hai cột trùng tên."
    en = "The header of “{name}” is not right: the first row must name the columns, no two alike."
