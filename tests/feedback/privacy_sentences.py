"""A development set for the personal-data detector: invented sentences with planted data.

`[[kind|text]]` marks what must be found; everything else must stay readable. Every person, number and house here is
made up for the purpose; phones are mostly from ranges that nobody has (010x).
"""

from __future__ import annotations

import re

PLANTED = """
Số điện thoại của tôi là [[phone|0100000012]], mong cơ quan gọi lại.
Xin liên hệ [[phone|0100.000.013]] trong giờ hành chính.
Tôi để lại số [[phone|0100 000 014]] để cán bộ tiện trao đổi.
Gọi cho em theo số [[phone|0100-000-015]] ạ.
Zalo của tôi: [[phone|+84 100 000 016]].
SĐT [[phone|(+84) 100.000.017]], gọi sau 17 giờ.
Tôi ở nước ngoài, số máy [[phone|+82 10 1234 5678]].
Máy bàn nhà tôi [[phone|(0227) 3 000 018]].
Máy bàn: [[phone|0227 3000 019]] gặp ai cũng được.
Số của tôi là [[phone|0 1 0 0 0 0 0 0 2 0]].
Số của em: [[phone|không một không không không không không không hai một]] nhé.
Điện thoại là [[phone|không chín một hai ba bốn năm sáu bảy tám]], viết chữ cho khỏi nhầm.
dien thoai cua toi [[phone|khong mot khong khong khong khong khong hai hai ba]] xin goi
Alo cho tôi số [[phone|84912345678]] lúc nào cũng được.
Số cũ là [[phone|01200000024]], số mới là [[phone|0100000025]].
Gọi một trong hai số [[phone|0100000026]] hoặc [[phone|0100000027]].
sdt:[[phone|０１００００００２８]] viết bằng bàn phím lạ.
Số tôi [[phone|o100000029]] gõ nhầm chữ o.
ĐT: [[phone|0100_000_030]].
Tôi có nhắn qua Viber [[phone|0084 912 000 031]] mà không ai đáp.
Số điện thoại [[phone|0100 00 00 32]] luôn mở.
Liên lạc: [[phone|0912·345·678]].
Số căn cước của tôi là [[id_number|036085000123]].
CCCD [[id_number|001 085 000 124]] cấp tại Hà Nội.
Số CMND cũ [[id_number|168000125]], nay đã đổi.
chung minh nhan dan so [[id_number|168 000 126]] bi mat
Căn cước công dân số: [[id_number|035.190.000.127]].
Hộ chiếu số [[id_number|C1000128]] hết hạn tháng trước.
Mã định danh của cháu là [[id_number|035324000129]].
Số thẻ BHYT của mẹ tôi [[id_number|3520000130]] không tra được.
Giấy phép lái xe số [[id_number|350190000131]] cần chứng thực.
Tôi kèm bản chụp CCCD: [[id_number|035085000132]] ở dưới.
cmt [[id_number|168000133]] cap lau roi
Thẻ của tôi số [[id_number|035185000134]], đề nghị kiểm tra.
Thư điện tử: [[email|congdan.1@example.vn]].
Xin trả lời vào [[email|cong-dan_2+don@mail.example.vn]] giúp tôi.
mail em la [[email|CONGDAN3@EXAMPLE.VN]] nhe
Gửi về [[email|congdan4 (at) example.vn]] để tránh thư rác.
Email: [[email|congdan5 @ gmail . com]] có khoảng trắng.
Địa chỉ thư [[email|congdan6 a còng example chấm vn]].
Tôi dùng [[email|congdan7@gmail]] thôi.
hộp thư [[email|congdan8(at)example(dot)vn]] nhé.
Số tài khoản [[bank_account|1000000035]] tại ngân hàng.
STK: [[bank_account|0101 0000 0036]] chủ tài khoản là tôi.
Xin hoàn phí vào tk [[bank_account|100000037]] VCB.
Tôi đã chuyển khoản tới [[bank_account|19030000000038]] theo lời cán bộ.
Vietcombank [[bank_account|1000.0000.39]] là của con tôi.
so tai khoan cua toi la [[bank_account|70000000040]] agribank
Số thẻ [[bank_account|9704 0000 0000 0041]] bị trừ tiền.
Mã số thuế cá nhân [[tax_code|8000000042]] bị trùng.
MST: [[tax_code|0100000043-001]] của hộ kinh doanh.
ma so thue [[tax_code|8000000044]] chua cap nhat
Biển số [[plate|90B1-000.45]] đậu chắn cổng phường.
Xe ô tô [[plate|90A-000.46]] của tôi cần sang tên.
xe may bien so [[plate|90b2 00047]] bi giu
BKS [[plate|29-H1 000.48]] không được nhận hồ sơ.
Chiếc [[plate|30K-00049]] là tài sản chung.
Mã hồ sơ [[dossier|000.00.00.H31-261105-0050]] quá hẹn.
Hồ sơ số [[dossier|H42.18-261106-0051]] chưa trả.
Tôi nộp hồ sơ [[dossier|000.00.25.H42-260907-0052]] từ tháng chín.
Giấy hẹn số [[dossier|53/2026/TNHS]] ghi ngày 5.
Mã tra cứu: [[dossier|TP26110054]].
ma ho so la [[dossier|G22.99-261107-000055]] ma khong thay
Biên nhận số [[dossier|0056]] ở bộ phận một cửa.
Đơn trước của tôi là [[dossier|HA-2026-0000057]].
Tôi sinh ngày [[birth_date|12/03/1985]] tại xã nhà.
Con tôi sinh năm [[birth_date|2019]], nay đi học.
Ngày sinh: [[birth_date|05-11-1990]].
Cháu sinh [[birth_date|ngày 7 tháng 8 năm 2021]] tại trạm y tế.
Mẹ tôi (SN [[birth_date|1952]]) không biết chữ.
Ngày, tháng, năm sinh: [[birth_date|01.02.1978]].
nam sinh [[birth_date|1966]] bi ghi sai
Vợ tôi sinh tháng [[birth_date|9/1988]] mà giấy ghi khác.
Bé chào đời, ngày sinh của cháu [[birth_date|2024-05-06]].
Tôi sinh ngày [[birth_date|mồng 5 tháng 3 năm 1970]].
Nhà tôi ở [[address|số nhà 12 đường Trần Phú, phường Quang Trung]], Phủ Lý.
Địa chỉ: [[address|số 5 ngõ 7 phố Lê Lợi]].
Tôi ở [[address|thôn Đông, xã Thanh Hà]], huyện Thanh Liêm.
Thường trú tại [[address|tổ 5, phường Minh Khai]].
Gia đình em ở [[address|xóm 3, xã Liêm Cần]].
Hộ khẩu [[address|tổ dân phố số 4 phường Lê Hồng Phong]].
dia chi [[address|so nha 15 duong tran hung dao]] gan cho
Nhà em tại [[address|ngách 12/5 ngõ 20 phố Nguyễn Viết Xuân]].
Chỗ ở hiện nay: [[address|căn hộ 1203 chung cư Sông Xanh]].
[[address|Số nhà 8, hẻm 45/2 đường Lý Thường Kiệt]] là nhà bố mẹ tôi.
Tôi tạm trú tại [[address|24 Trần Nhật Duật, phường Châu Sơn]].
Đất ở [[address|thửa đất số 123, tờ bản đồ số 45]] đang tranh chấp.
Trú tại [[address|ấp Bình Minh, xã Tân Lập]].
Cháu sống ở [[address|bản Nà Sản, xã Chiềng Mung]] với bà.
toi o [[address|thon ha, xa liem tuc]] da lau
Nhà ở [[address|SN 9 ngõ 2 đường Đinh Tiên Hoàng]].
Nơi ở: [[address|đội 6, thôn Trung, xã An Nội]].
Tôi thuê trọ tại [[address|số 33/7 đường Biên Hòa]].
Địa chỉ liên hệ: [[address|12B Nguyễn Văn Trỗi]].
Nhà tôi ở [[address|khu phố 3, phường Long Bình]].
Anh ấy ở [[address|xã Đọi Sơn, thôn Đọi Nhất]].
Ông ấy sống ở [[address|khu tập thể Dệt]].
Tôi tên là [[name|Nguyễn Văn An]], là nông dân.
Họ và tên: [[name|Trần Thị Bích Hằng]].
Tôi là [[name|Lê Quang Vinh]], người làm đơn.
Con tôi là [[name|Phạm Minh Châu]] bị ghi sai họ.
Bà [[name|Hoàng Thị Lụa]] hẹn tôi ba lần.
Ông [[name|Bình]] ở bộ phận một cửa quát tôi.
Chị [[name|Hoa]] tiếp tôi rất nhẹ nhàng.
chị [[name|hoa]] bảo tôi về làm lại.
anh [[name|tuấn]] hộ tịch không có mặt.
ong [[name|nguyen van binh]] o mot cua khong nhan
toi ten la [[name|tran thi mai]] xin hoi
ba [[name|le thi hong]] khong chiu ky
Cô [[name|Vũ Thị Ngọc Ánh]] thu thêm 200.000 đồng.
Chú [[name|Đặng Đình Khôi]] nói chờ.
Cháu [[name|Đỗ Gia Bảo]] chưa có giấy khai sinh.
Người làm đơn: [[name|Ngô Sỹ Toàn]]
NGƯỜI VIẾT ĐƠN: [[name|BÙI THỊ THƠM]]
Vợ tôi tên [[name|Dương Thùy Linh]] đã mất.
Cán bộ [[name|Lý Văn Phúc]] không mặc đồng phục.
Anh [[name|Võ Hoàng Nam]] và chị [[name|Hồ Thị Sen]] cùng đi.
Kính đơn, [[name|Nguyễn Thị C]]
Đồng chí [[name|Phan Đình Dũng]] trả lời không rõ.
em ten [[name|pham thi thu huong]] o day
Chồng tôi là [[name|Huỳnh Tấn Phát]] ký thay.
Tôi gặp [[name|Trịnh Văn Quyết Tiến]] tại cửa số 3.
Giấy ghi tên [[name|Nguyễn thị Hoa]] là sai.
Thầy [[name|Cường]] làm chứng cho tôi.
Cụ [[name|Mai Văn Thực]] không đi lại được.
Luật sư [[name|Tạ Quang Huy]] có giấy ủy quyền.
Bố tôi, [[name|Đinh Công Tráng]], mất năm ngoái.
Bà ngoại là [[name|Cao Thị Nhẫn]] nuôi cháu.
Bác [[name|Sùng A Páo]] không rành chữ.
Anh [[name|Y Bih Niê]] cần phiên dịch.
Bị đơn [[name|Lưu Bá Kiên]] vắng mặt.
Tên khai sinh là [[name|Nguyễn Ngọc Bảo Trân]].
Em là [[name|Thạch Thị Sa Rone]], dân tộc Khmer.
Tôi, [[name|Quách Thị Thêm]], xin trình bày.
con gái tôi tên là [[name|Minh Anh]] học lớp 1.
Ông [[name|NGUYỄN HỮU TÀI]] đã ký nhận.
tôi tên [[name|lê văn tám]], xin phản ánh.
Bà [[name|Nguyễn Thị D]]. không đồng ý.
Công chứng viên [[name|Đoàn Mạnh Hà]] từ chối.
Anh [[name|K'Brơi]] chưa đủ tuổi.
Bạn [[name|Trương Mỹ Duyên]] giúp tôi điền đơn.
Họ tên cha: [[name|Kim Văn Sóc]], họ tên mẹ: [[name|Danh Thị Út]].
Em [[name|Ngân]] trực hôm đó rất tốt.
Tôi là [[name|Nguyễn Văn Bảy]], CCCD [[id_number|035085000058]], ở [[address|thôn Nội, xã Liêm Sơn]].
Ông [[name|Trần Văn Chín]], sinh năm [[birth_date|1958]], số [[phone|0100000059]].
Chị [[name|Lan]] cho số [[phone|0100000060]] và thư [[email|congdan60@example.vn]].
Xem ảnh tại [[url|https://drive.google.com/file/d/abc061/view]].
Trang của tôi: [[url|facebook.com/congdan.62]].
Hồ sơ ở [[url|https://example.vn/tra-cuu?token=abc063]].
Tôi đăng tại [[url|www.example.vn/cong-dan-64]].
Tra cứu [[url|https://dichvucong.gov.vn/ho-so?ma=065]] không được.
Chuyển tiền cho chị [[name|Thảo]] qua stk [[bank_account|10000000066]], sđt [[phone|0100000066]].
Người gửi [[name|Nguyễn Văn A]], điện thoại [[phone|0100 000 067]], Địa chỉ [[address|số 2 phố Chợ Bầu]].
Kính gửi Sở, tôi là [[name|Bùi Văn Sơn]], sinh năm [[birth_date|1975]], trú tại [[address|xóm Chùa, xã Thụy Lôi]].
Chị [[name|Nguyễn Thu Hà]] (cán bộ hộ tịch) hẹn tôi thứ hai.
tôi tên [[name|Hoàng Anh Dũng]] số đt [[phone|0100.0000.71]] cần gặp lãnh đạo
Mẹ em là bà [[name|Vi Thị Mẩy]] đã 80 tuổi.
Hôm đó có anh [[name|Thành]] và chị [[name|Phương]] trực.
Tôi đã nộp cho ông [[name|Lê Đức]] rồi.
Theo giấy của bà [[name|Tô Thị Nết]], số CMND [[id_number|168000072]].
cháu [[name|Nguyễn Hoàng Bảo Ngọc]] sinh [[birth_date|20/10/2023]]
Bố cháu tên [[name|Trần Quốc Toản]], mẹ cháu tên [[name|Lê Thị Như Quỳnh]].
sdt e la [[phone|0100000073]] a nhe
so dt cua toi: [[phone|0100 0000 74]]
Alo [[phone|010-0000-075]] gặp anh [[name|Quang]].
Địa chỉ nhà: [[address|Số 17, ngách 3, ngõ 15 đường Biên Hòa, phường Minh Khai]], Phủ Lý
nhà em ở [[address|số 4B khu tập thể Dược]]
ở [[address|thôn 5, xã Phù Vân]]
đ/c: [[address|xóm 8 xã Nhân Khang]]
Tôi ở [[address|phố Động, thôn Bãi, xã Lam Hạ]]
gia đình tôi ở [[address|35 ngõ 102 Trường Chinh]]
Thưa cô [[name|Loan]], em là [[name|Hiếu]].
Người nhận ủy quyền: ông [[name|Phạm Ngọc Thạch]].
Tài khoản của tôi là [[bank_account|0123000076]] mở tại BIDV.
chuyển giúp vào STK [[bank_account|88880000077]] (MB Bank)
thẻ căn cước số [[id_number|035200000078]] do Bộ Công an cấp
cccd cua em [[id_number|035 300 000 079]]
email: [[email|cd80@example.vn]], fb: [[url|https://www.facebook.com/cd.80]]
Xe [[plate|90-F1 000.81]] bị tạm giữ.
Hồ sơ mã số [[dossier|H31.05.12-261110-0082]]
Mã biên nhận [[dossier|BN-000083]].
ông [[name|Đào Duy Tùng]] (SN [[birth_date|1949]]) hàng xóm
Vợ chồng anh [[name|Hải]] chị [[name|Yến]] không đồng ý.
Trưởng thôn là ông [[name|Nguyễn Bá Thước]].
Tôi [[name|Vương Thị Tuyết]] làm đơn này.
Em [[name|Linh]] ở bộ phận tiếp dân.
Thẩm phán [[name|Chu Văn Minh]] ký.
Con trai tôi, cháu [[name|Lò Văn Pánh]], chưa có giấy khai sinh.
ba toi la [[name|Nguyen Van Bay]], da mat
Ong [[name|Tran Dinh Long]] khong ky
co [[name|pham thi yen]] noi khong duoc
Sinh ngày: [[birth_date|3/4/1999]]
Ký tên [[name|Hồng]]
Nhân viên đeo bảng tên [[name|Phạm Thu Trà]] không chịu ghi phiếu hẹn.
Tôi có đi cùng con gái là [[name|Bùi Khánh Vy]] để ký giấy.
Hỏi ra mới biết đất đã sang tên cho [[name|Lê Chấn Hưng]].
Chị ruột tôi, [[name|Phan Công Thị Nụ]], cũng ký vào văn bản.
Ở đó chỉ có mỗi anh [[name|Quyết]] ngồi làm.
Anh [[name|Mạnh]]. Tôi hỏi anh ấy ba lần.
ong [[name|do xuan thu]] la nguoi ky giay to nay
Toi la [[name|Phan Anh Tuan]], hien lam tho ho.
Chủ hộ: [[name|Trịnh Đình Bảy]], quan hệ: cha.
Bên bán là vợ chồng [[name|Hoàng Văn Cơ]] – [[name|Tạ Thị Lê]].
Mong gặp trực tiếp bà [[name|Diệu]] trưởng phòng.
Tôi tên [[name|Ngọc]], năm nay ngoài sáu mươi.
Người được ủy quyền [[name|Vũ Thị Kim Oanh]] đến nộp thay.
con trai [[name|nguyễn gia huy]] của tôi đang chờ giấy để nhập học
Dear Sir, my wife [[name|Pham Thi Ngoc Lan]] lost her birth certificate.
Tôi khiếu nại ông [[name|Đinh Quang Thuận]], Phó Trưởng phòng.
Cháu bé tên là [[name|Hồ Đăng Quang]].
Có chữ ký của ông tổ trưởng [[name|Lại Văn Sâm]].
Bác trưởng ấp [[name|Danh Thol]] biết rõ chuyện này.
em ten [[name|Thuy]], dang hoc nam cuoi
Thay mặt gia đình: [[name|Đoàn Thị Vân Khanh]]
Nhà ở [[address|cụm 5, thôn Hạ, xã Vạn Xuân]].
Chỗ tôi là [[address|xóm Đình, xã Quảng Lưu]], mưa là ngập.
toi song o [[address|khu 6 thi tran cau dien]]
Tôi đang trọ ở [[address|số 3 ngách 16 ngõ 85 phố Vọng]].
Bà ngoại ở [[address|24B đường Cách Mạng Tháng Tám]].
Gửi giấy tờ về [[address|số nhà 40, tổ dân phố Nam, phường Bạch Hạc]].
địa chỉ của em: [[address|k12/4 nguyễn công trứ]]
Tôi ở [[address|lô A4, khu đô thị Phú Mỹ]].
nha so [[address|19 pho hang bot]] la nha thue
Hiện tôi cư trú tại [[address|ấp 2A, xã Vĩnh Thuận Tây]].
em ở trọ [[address|12/3 lê văn việt, phường tăng nhơn phú a]]
I live at [[address|25 Tran Phu Street, Le Loi Ward]].
Cửa hàng nhà tôi ở [[address|136 Quang Trung]], đối diện chợ.
Đất tranh chấp: [[address|thửa 301, tờ bản đồ số 7]], rộng 90 m2.
Tổng cộng tôi chuyển vào tài khoản: [[bank_account|0000.0000.0000.201]].
nop vao so tk [[bank_account|0000 0000 202]] cua co thu quy
Số tài khoản của mẹ tôi ([[bank_account|000-000-0000-203]]) vẫn chưa nhận được.
căn cước công dân [[id_number|0000 0000 0204]], ngày cấp 01/01/2021
tôi có 2 số: [[id_number|100300205]] (cũ) và [[id_number|000200000206]] (mới)
Số CMTND là [[id_number|1003 00207]].
hộ chiếu [[id_number|P00000208]] còn hạn
Xin gọi [[phone|0100 300 209]] hoặc nhắn [[phone|0100300210]].
Liên lạc qua số con rể tôi: [[phone|0100 3002 11]].
my mobile [[phone|+84 100 300 212]] thanks
mã số thuế [[tax_code|0000000213]]
thư điện tử [[email|ba.lan214@example.vn]] hoặc [[email|lan214 @ example.vn]]
Xe [[plate|90B1-002.15]] và xe [[plate|90A-00216]] của hai bố con.
Mã hồ sơ [[dossier|H31.20-260915-0217]], số biên nhận [[dossier|000218]].
Ngày sinh đúng là [[birth_date|02/02/1982]] chứ không phải [[birth_date|20/02/1982]].
con em sinh [[birth_date|thang 5 nam 2022]]
Ảnh chụp ở [[url|https://drive.google.com/open?id=219]].
Kính gửi Sở, tôi là [[name|Khuất Văn Lộc]], viết đơn này lần thứ ba.
Bà nội tôi tên [[name|Đỗ Thị Hới]], mất năm 2010.
Tôi hẹn được với anh [[name|Trường]] lúc 8 giờ.
toi ten [[name|vo thi lai]], xin hoi thu tuc
Chị [[name|Mỹ Linh]] ở quầy tiếp nhận bảo chưa có lịch.
Con nuôi là [[name|Y Thanh Mlô]], cha nuôi là tôi.
ông [[name|hồ văn tám]] đã ký biên bản
Người bị phản ánh: [[name|Trần Công Hoan]], cán bộ địa chính.
em gái [[name|Bích Ngọc]] của tôi sống ở nước ngoài
Chủ sử dụng đất là [[name|Thân Thị Bưởi]].
Anh [[name|Phạm Đình Thi]] và vợ là [[name|Ninh Thị Xuyến]] đã ly hôn.
Luật sư [[name|Lâm Gia Phát]] bảo vệ cho tôi.
cô [[name|hiền]] văn thư không nhận đơn
this is [[name|Le Thi Bao Chau]] writing from Da Nang
Ông tổ phó [[name|Dương Văn Nhu]] làm chứng.
toi xin gap chi [[name|Hue]] phong ho tich
Nhà tôi ở [[address|số 71 đường Hùng Vương]].
em o [[address|thon lai xa, xa kim chung]]
Tôi tạm trú [[address|số 5/12 khu phố Tân Lập]].
Nơi thường trú: [[address|xóm Bến, thôn Đoài, xã Nam Hồng]].
Cả nhà sống tại [[address|căn 1810 tòa S2 khu đô thị Xanh]].
gui ve [[address|63 ly tu trong, phuong 1]] giup
Địa chỉ [[address|hẻm 7 đường Võ Văn Tần]], hỏi nhà cô giáo.
Tôi ở [[address|bản Phiêng Ban, xã Thân Thuộc]].
nhà cháu ở [[address|ngõ 20 phố huế]], tầng 3
Chúng tôi ngụ tại [[address|tổ 3, ấp Phú Hưng, xã An Thạnh]].
Số liên lạc [[phone|0100 500 401]] ạ.
Điện thoại của vợ: [[phone|0100-500-402]].
dt [[phone|0100 50 04 03]] goi chieu
tài khoản số [[bank_account|0000 0000 0000 404]] Vietcombank
STK nhận [[bank_account|00 0040 5000]] nhé chị
số căn cước [[id_number|0000 0000 0406]]
Giấy CMND của mẹ: [[id_number|1005 004 07]].
chứng minh cũ là [[id_number|100500408]], làm mất rồi
MST [[tax_code|0000000409]]
mail [[email|congdan410@example.vn]]
biển số [[plate|90A1 004.11]]
mã hồ sơ [[dossier|H31.9-261101-0412]]
ngày sinh [[birth_date|11/11/1971]] bị ghi nhầm thành [[birth_date|01/11/1971]]
sinh năm [[birth_date|2001]] tại huyện
""".strip().splitlines()

INNOCENT = """
Căn cứ Nghị định 123/2015/NĐ-CP và Thông tư 04/2020/TT-BTP thì Điều 5 quy định khác.
Theo khoản 2 Điều 18 Luật Hộ tịch 2014, thời hạn là 03 ngày làm việc.
Kính gửi Sở Tư pháp tỉnh Hà Nam, kính thưa ông bà.
Phí chứng thực 2.000 đồng một trang, tôi nộp 150.000.000 đồng tiền nhà.
Tôi nộp hồ sơ ngày 05/11/2026, hẹn ngày 12/11/2026 mà chưa có.
Ủy ban nhân dân phường Trần Hưng Đạo làm việc từ 7 giờ 30 đến 17 giờ.
Đường Lê Lợi và phố Nguyễn Du đang sửa nên đi lại khó.
Giấy khai sinh ghi sai phần họ, tôi xin đính chính từ tháng 6/2016.
Tổng đài 1900 1234 không ai nghe máy.
Hồ sơ gồm 3 bản chính và 5 bản sao, tổ trưởng dân phố xác nhận.
Anh chị cán bộ rất nhiệt tình, cảm ơn các anh chị.
Ông Chủ tịch và bà Giám đốc đều đi họp.
Đăng ký khai sinh ngày 12/3/2026 tại phòng Tư pháp.
Tôi là Việt kiều đang tạm trú tại Việt Nam, muốn xác nhận giấy tờ.
Con tôi là học sinh lớp 5, em gái tôi là giáo viên.
Lý do từ chối không rõ, hồ sơ bị trả lại, lệ phí không hoàn.
Phường yêu cầu phiếu lý lịch tư pháp số 2, phí 200.000đ.
Cổng dịch vụ công quốc gia https://dichvucong.gov.vn báo lỗi.
Trong 15 ngày, 30 ngày hay 45 ngày thì có kết quả?
Từ năm 2019 khu phố đã kiến nghị 3 lần.
Đất 120 m2, giá 1.500.000.000 đồng, thuế 2%.
Xã Thanh Hà và phường Minh Khai đã sáp nhập.
Văn phòng công chứng Trần Phú thu phí cao.
Em sinh viên năm cuối cần chứng thực bằng tốt nghiệp.
Học sinh năm 2024 nộp hồ sơ nhiều.
Tôi không đồng ý với cách giải quyết này.
Quyết định số 1234/QĐ-UBND ngày 01/02/2026 của UBND tỉnh.
Cán bộ đòi thêm giấy tờ ngoài quy định.
Bộ phận một cửa phường Lê Hồng Phong, quận Hồng Bàng.
Thành phố Hồ Chí Minh và Hà Nội có làm không?
Tôi chờ từ 8 giờ 15 đến 11 giờ 45 phút, lấy số thứ tự 0123.
Điểm a khoản 1 Điều 7 và điểm b khoản 3 Điều 9.
Ban Tiếp công dân trụ sở tại số 5 đường Lê Chân, phường Quang Trung.
can bo phuong khong nhan ho so vi ly do thieu giay
xin hoi thu tuc dang ky ket hon can nhung gi
do thi phat trien nhanh, ho thi khong lam
cho em hoi le phi bao nhieu tien
Em lấy chồng Hàn Quốc, con mang quốc tịch Hàn.
Ông bà nội ngoại hai bên đều đồng ý.
Công ty đấu giá chi nhánh Đồng Nai làm trái quy định.
Kết quả 99,5% đúng hạn, tăng 12.5 điểm.
Quốc lộ 1A và đường 21 đi qua huyện.
Phòng Tư pháp huyện Bình Lục trả lời chậm.
Chị cán bộ chưa tra cứu đã bảo phải có căn cước.
Bà con thôn tôi rất mừng.
Năm 1991 tôi chuyển từ Huế vào thành phố.
Tờ khai mẫu số 02 tải ở đâu?
Tôi đã viết 2 lần, ngày 3 và ngày 10.
Hai cháu đã lớn, cháu nhỏ vào lớp 1.
Ông Trưởng phòng hẹn thứ hai tuần sau.
Phó Chủ tịch xã ký thay, Bí thư cũng biết.
Bà Rịa và Vũng Tàu có quy định riêng.
Dịch vụ mức độ 4 của Bộ Tư pháp hay lỗi.
Tôi là Đảng viên, tôi là người dân bình thường.
Thủ tục 1.001193 và 2.000635 khác nhau thế nào?
Ông bà cho tôi hỏi thủ tục nhận con nuôi trong nước.
Sáng 15/10, tôi đến phường lúc 7 giờ 45.
Anh em trong nhà không thống nhất việc chia thừa kế.
Cô giáo của con tôi cũng cần chứng thực.
Tôi cần 02 bản sao trích lục kết hôn.
Luật Đất đai 2024 và Luật Công chứng 2024 quy định thế nào?
UBND xã Liêm Chính và UBND phường Hai Bà Trưng.
Chi cục Thi hành án huyện Duy Tiên chậm trả lời.
Kết hôn năm 2015, ly hôn năm 2020.
Trung tâm Phục vụ hành chính công tỉnh Ninh Bình ở đường Đinh Điền.
Bác sĩ và thầy giáo đều bảo vậy.
Tôi đã trả 350.000 đồng tiền công chứng, có biên lai.
Giấy chứng nhận cấp ngày 20/11/2010.
Em xin cảm ơn.
Tôi Là Công Dân Việt Nam.
ĐỀ NGHỊ GIẢI QUYẾT HỒ SƠ ĐÚNG HẠN, LÝ DO CHẬM LÀ GÌ
KÍNH GỬI ÔNG CHỦ TỊCH UBND PHƯỜNG
Bà ấy bảo tôi sang phòng bên.
Thời hạn từ 01/07/2026 theo quy định mới, mức phạt 500.000đ đến 1.000.000đ.
Máy tính báo lỗi 404 và 500 cả ngày.
Tôi đã hỏi cả ông lẫn bà. Con tôi không biết đi đâu nữa.
Rất cảm ơn các anh. Góp ý thêm là nên có ghế ngồi.
Tôi đã nói với bà. Yêu cầu giải quyết ngay.
Họ từ chối công chứng mà không nêu lý do.
How long do I have to wait? Do I need an interpreter?
danh nhieu lan ma khong ai nghe, khong biet viet don the nao
Văn phòng từ chối tiếp nhận hồ sơ của người dân.
Cô ơi cho cháu hỏi thủ tục ghi chú ly hôn.
Bộ phận Một cửa xã Đồng Tiến phục vụ tốt.
Trường Tiểu học Nguyễn Bá Ngọc xác nhận cho cháu.
Bệnh viện Đa khoa Hà Đông cấp giấy chứng sinh.
Theo Luật số 60/2014/QH13 thì dân không phải nộp.
Thửa đất rộng 1.250 m2, giá 3.200.000.000 đồng.
toi cho tu 7h30 den 11h30, buoi chieu lai tu 13h30 den 16h
Lệ phí 8.000 đồng, tôi đưa 10.000 đồng không thối lại.
Thông tư 257/2016/TT-BTC quy định mức thu.
Đường dây nóng 1900 0000 gọi không được.
hoi can bo thi bao khong biet, ve hoi lai nguoi khac
phan lon nguoi dan khong ranh mang, mong co quan giup
Do đâu mà hồ sơ chậm? Do Ai chịu trách nhiệm?
Mai tôi phải đi làm xa, mong giải quyết sớm.
Cao nhất là mức phạt 3 triệu đồng phải không ạ?
Từ Chối Hồ Sơ Không Có Lý Do.
Lại bảo về. Lại hẹn. Lại không có người.
Phí sao lục tính thế nào, Phí này nộp ở đâu?
Hai vợ chồng em kết hôn ở nước ngoài năm 2018.
Tôi đọc báo Tuổi Trẻ và Thanh Niên thấy nói khác.
Công an tỉnh và Sở Tư pháp trả lời không giống nhau.
Thưa các bác, các cô, cháu xin hỏi.
Máy lấy số in số 0045, màn hình gọi số 0112.
Đã 3 lần: ngày 5/9, 12/9 và 19/9/2026.
Tôi cần bản dịch tiếng Anh, tiếng Hàn và tiếng Nhật.
Văn bản số 456/STP-HCTP ngày 12 tháng 8 năm 2026 trả lời chung chung.
Vàng mã bán đầy cổng ủy ban.
Bí thư Đảng ủy và Chủ tịch Hội Phụ nữ có mặt.
Mã thủ tục 2.000815 ghi trên cổng là 3 ngày.
Cán bộ nói với anh. Mai anh lại phải đến.
Tôi gửi đơn cho cô. Hoa quả tôi không biếu ai cả.
Đường vào trụ sở số 2 bị ngập, phải đi vòng.
Sáng 9 giờ, phường 3 mới mở cửa.
Có 12 hồ sơ, xã trả lại 5 hồ sơ.
Chuyển khoản 20.000 đồng tiền phí qua mạng được không?
Khoản 1234 nào trong luật nói như vậy?
em đang học năm cuối, em phản ánh thái độ phục vụ
chi dan khong ro rang, anh chi em deu bi tra ho so
em dang can gap, mong cac anh chi giup
ba lan bay luot len xuong phuong khong duoc viec gi
ong ba noi em mat roi thi lam the nao
thi cong duong lam hong san nha toi
co the tien hanh nop qua mang khong
Thủ tục đăng ký thường trú, tạm trú làm ở đâu?
Văn bản ghi ngày 15/9 UBND phường họp mà không họp.
Trường Đại học Luật Hà Nội cấp bằng cho tôi.
Công ty Luật TNHH Hồng Hà tư vấn khác hẳn.
Đình làng, chùa làng đều đã đăng ký.
Tôi làm ở Nhà máy xi măng Bút Sơn.
Số tiền 125500000 đồng là tiền thừa kế.
Mỗi tháng 2 lần, mỗi lần 3 tiếng, tổng 6 tiếng.
Số văn bản 1203/STP-BTTP và 87/BC-UBND mâu thuẫn.
Dear Department, thank you for the quick answer. An interpreter helped us.
We were told to come back on Monday. Do not make people wait.
Con đường từ nhà lên xã dài 7 km, ngõ nhỏ xe không vào được.
Tôi năm nay 72 tuổi, chồng 75 tuổi, ở với cháu 8 tuổi.
Văn thư đóng dấu chậm, Thủ quỹ thì đi vắng.
Mẫu TP/HT-2025-TKKS.1 tải không được.
Gia đình tôi ở xã Vân Trì từ năm 1986.
""".strip().splitlines()

_MARK = re.compile(r"\[\[(\w+)\|(.*?)\]\]")


def parse(line: str) -> tuple[str, list[tuple[int, int, str]]]:
    """A marked line as plain text and its planted (start, end, kind)."""
    text, planted, position = "", [], 0
    for match in _MARK.finditer(line):
        text += line[position : match.start()]
        planted.append((len(text), len(text) + len(match.group(2)), match.group(1)))
        text += match.group(2)
        position = match.end()
    return text + line[position:], planted
