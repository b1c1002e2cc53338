"""Words the name detector leans on. Spelled with their marks; folded forms are derived."""

from __future__ import annotations

import unicodedata


def fold(word: str) -> str:
    """`word` in plain small letters."""
    plain = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
    return plain.replace("đ", "d")


def _words(text: str) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFC", text).split())


def _by_fold(words: frozenset[str]) -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for word in words:
        table[fold(word)] = table.get(fold(word), frozenset()) | {word}
    return table


def _phrases(text: str) -> dict[tuple[str, ...], frozenset[tuple[str, ...]]]:
    """Phrases by their folded words, with the spellings that count: "phân công" is no "Phan Công"."""
    table: dict[tuple[str, ...], frozenset[tuple[str, ...]]] = {}
    for phrase in unicodedata.normalize("NFC", text).split(","):
        words = tuple(phrase.split())
        key = tuple(map(fold, words))
        table[key] = table.get(key, frozenset()) | {words}
    return table


# Family names that hardly mean anything else, also when typed small and without marks.
CLEAR_FAMILIES = _by_fold(
    _words("nguyễn trần phạm huỳnh hoàng phan đặng bùi trịnh đoàn trương phùng quách nghiêm")
)
# Family names whose folded form is an everyday word: believed with a capital, a title or a middle name beside them.
FAMILIES = _by_fold(
    _words(
        "nguyễn trần phạm huỳnh hoàng phan đặng bùi trịnh đoàn trương phùng quách nghiêm lê vũ võ đỗ hồ"
        " ngô dương lý lí"
        " đinh đào mai hà cao lương lưu tạ tô tống tăng thái châu chu triệu vương lâm la lục lại kiều"
        " khổng khúc kim"
        " giang giáp giàng vàng sùng thào lò quàng cầm lường tòng bế nông hứa ma mạc mã âu bạch bành cù"
        " cung danh sơn"
        " thạch diệp doãn đàm đồng đổng hán hầu hùng khuất khương liễu lã lữ mạnh mẫn nhâm ninh phí phó phù"
        " quản quyền tào thân thẩm thân thi tiêu tôn từ ưng uông văn viên xa y rơ niê êban ksor kpă siu hờ"
    )
)
# Rare family names that must be followed by at least two more words, or by a middle name.
RARE_FAMILIES = _by_fold(
    _words(
        "hà cao kim thái châu la lục lại kiều giang vàng cầm lường tòng nông ma mã cung danh sơn thạch đồng đổng"
        " hán hầu hùng mạnh ninh phí phó phù quản quyền thân thi tiêu tôn từ văn viên xa y lâm mai lương lý lí lưu"
    )
)
MIDDLES = _by_fold(
    _words(
        "văn thị hữu đức công đình xuân quang ngọc minh thanh kim hồng thu bá quốc viết trọng như thế tiến duy"
    )
)
SURE_MIDDLES = _by_fold(_words("văn thị"))

# Middle names that everyday prose without marks hardly has in that place: "anh do quang hai", but not "em thi cong".
PLAIN_STRONG_TITLES = frozenset({"ong", "ba", "anh", "chi", "chu", "bac"})
STRONG_MIDDLES = _by_fold(_words("văn thị quang xuân hữu đức ngọc hồng bá"))
# Families that with their marks are nothing else, so that two small words more make a name.
SURE_FAMILIES = _words("nguyễn huỳnh đặng trịnh quách")
# Clear families whose plain letters are an everyday word ("em dang hoc", "toi phan anh").
DOUBTED_PLAIN = _words("dang phan truong doan trinh nghiem hoang")
# First parts of two-word given names: after "thị" and one of these, one more word belongs to the name.
DOUBLE_GIVEN = _by_fold(
    _words(
        "kim thu ngọc hồng thanh minh bích mỹ như phương thùy thuỳ thúy thuý bảo lan mai xuân ánh anh hoài khánh diệu"
        " tuyết cẩm gia hải quỳnh tường vân yến bé út hoàng"
    )
)
# Words before a dot that are short for something longer, so that the dot ends no sentence.
DOTTED = _words("mr mrs ms dr ng tr ths ts bs ls pgs gs o b")

TITLES = _by_fold(
    _words(
        "ông bà anh chị cô chú bác dì cậu mợ thím dượng em cháu cụ thầy con vợ chồng bố mẹ ba má cha bạn"
        " chí sư viên bé"
        " mr mrs ms tên ban nàng thằng"
    )
)
# Between a word of kin and the name: "con trai", "em gái", "con dâu".
KIN_TAILS = _by_fold(_words("trai gái ruột rể dâu nuôi"))
HAMLETS = _by_fold(_words("thôn ấp xóm bản khóm buôn làng"))
# After these alone one capitalised word is already a name ("chị Hoa").
KINSHIP = _by_fold(_words("ông bà anh chị cô chú bác dì cậu mợ thím dượng em cháu cụ thầy bé chí thằng nàng"))

# Given names common enough to be believed in small letters after a title ("chị hoa"), with their marks.
SMALL_GIVEN = _words(
    "hoa lan hương huệ cúc hằng hạnh hiền thảo thủy thuỷ thúy thuý trang linh huyền nga oanh phượng"
    " tuyết yến quyên"
    " tuấn hùng dũng cường thắng hải phong tùng khánh kiên quân trung hiếu long vinh nghĩa phúc đức minh bình loan"
    " nhung ngân ngọc vân mai thơm thoa tâm lâm tiến hưng hoàng huy hào khoa kỳ lợi lộc nhân phát quý"
    " sáng tài thịnh"
)

# Small words that with a plain title are mostly something else: "ba lan" is three times, "em mai" is tomorrow.
PLAIN_TITLES = _words("ba em co chi chau")
PLAIN_NOT_GIVEN = _words("lan nhung mai minh trang")

# Words before a capitalised name that make it a place, a road or an office.
PLACES_BEFORE = _words(
    "phường xã huyện quận tỉnh đường phố tp trấn trường chợ viện cầu thôn xóm ấp khu làng bản hẻm ngõ ngách lộ ty"
    " phuong xa huyen quan tinh tp thon xom ap khu lang ubnd nước miền vùng đảo hội tx đình chùa sông hồ đền"
)
# The same in two words.
PLACE_PAIRS_BEFORE = _phrases(
    "tiểu học, trung học, đại học, cơ sở, phổ thông, mầm non, công chứng, bệnh viện, đa khoa, thị trấn, thành phố"
)
# Units whose officers are named right after them: "chủ tịch xã Hoàng Văn Thiện".
UNITS = _by_fold(_words("xã phường huyện quận tỉnh thôn xóm ấp khu bản làng"))
# A title after one of these is part of a place: "đường Bà Triệu", "chùa Bà Đanh".
HALLOWED = _by_fold(_words("đường phố phường quận chùa đền chợ cầu miếu núi hồ giếng đình lăng ngã bến"))
PLACES = _phrases(
    """hà nội, hà nam, hà tĩnh, hà giang, hà đông, hà tây, hà lan, hồ chí minh, lý nhân, lý sơn, phan
    thiết, phan rang,
    vũ thư, vũ quang, võ nhai, hoàng mai, hoàng sa, dương kinh, dương minh châu, cao bằng, cao lãnh, thái bình,
    thái nguyên, thái lan, lâm đồng, kim bảng, kim sơn, kim động, mai châu, mai sơn, châu đốc, châu thành, châu âu,
    châu á, từ sơn, từ liêm, triệu phong, triệu sơn, lương sơn, lương tài, thạch thất, thạch hà, thạch
    thành, phùng hiệp,
    ngô quyền, lê chân, la gi, ma rốc, hồ tây, hồ gươm, ninh bình, ninh thuận, ninh giang, sơn la, sơn
    tây, đồng nai,
    đồng tháp, đồng hới, giang nam, kiều bào, việt nam, văn giang, văn lâm, văn phòng, văn bản, viện
    kiểm sát, công an,
    bùi chu, nguyễn trãi, mạnh thường quân, quản lý, quản trị, phó chủ, viên chức, từ điển, y tế, cung
    cấp, công chứng,
    bà rịa, bà nà, anh quốc, tổng cục, la mã, thi hành, hà lội, đông hà, ma túy, kim thành, vàng danh,
    mã số, mã hồ, lại càng, hàn quốc"""
)

# A capitalised word that begins one of these is no part of a name.
NOT_NAME_PHRASES = _phrases(
    """giám đốc, phó giám, chủ tịch, phó chủ, trưởng phòng, phó phòng, trưởng thôn, tổ trưởng, bí thư, cán
    bộ, công chức,
    viên chức, công an, công chứng, công dân, công ty, công nhân, chấp hành, thẩm phán, sở tư, sở y, sở
    nội, sở tài, sở kế,
    phòng tư, phòng nội, phòng công, ủy ban, uỷ ban, hội đồng, tòa án, toà án, viện kiểm, văn phòng, bộ
    tư, bộ công,
    trung tâm, cơ quan, nhà nước, địa chỉ, số điện, điện thoại, sinh năm, sinh ngày, căn cước, chứng
    minh, việt kiều,
    việt nam, sinh viên, học sinh, giáo viên, nông dân, luật sư, đảng viên, đảng ủy, thường trú, tạm trú, hiện nay,
    hiện tại, hộ khẩu, kính gửi, kính thưa, xin chào, cảm ơn, tư pháp, hộ tịch, thanh tra, quốc tịch,
    ngày sinh, hồ sơ,
    lý do, lý lịch, nội dung, thôn trưởng, quê quán, mặt trận, bà rịa, hai bà, đại diện, giám hộ, tổng
    đài, cựu chiến,
    giấy khai, đơn vị, đề nghị, người dân, nguyên đơn, bị đơn, nghị định, thông tư, quyết định, phản
    ánh, khiếu nại,
    tố cáo, kiến nghị, năm sinh, nơi ở, dân tộc, nghề nghiệp, giới tính, trân trọng, chức vụ, lãnh đạo, thủ tục,
    yêu cầu, góp ý, từ chối, phản hồi, phản đối, phàn nàn, phân biệt, phần lớn, hoang mang,
    đăng ký, đăng kí, sáng nay, sáng mai, sáng qua, sáng hôm, trình bày, trình tự, đoàn thể, đoàn kết, trường hợp,
    trường học, danh sách, danh nghĩa,
    cung cấp, cung cách, đồng ý, đồng thời, mai mối, lại bảo, lại hẹn, hà cớ, kim chỉ, thái độ, quản trị, vũ lực"""
)
# A capitalised word that is no part of a name by itself, compared with its marks.
NOT_NAME_WORDS = _words(
    "ubnd hđnd sđt cccd cmnd cmt tp xã phường huyện quận tỉnh thôn xóm sở tôi chúng các những này đó kia đã đang"
    " sẽ có không là ở tại và với của được bị khi nếu vì do nên mà nhưng thì hay hoặc đến đi về từ"
    " trong ngoài trên"
    " dưới cho để bên việt số đt email gmail zalo mst stk bhxh gplx sau trước hôm ngày tháng nhà cả"
    " mọi nhiều mấy ai gì"
    " rất cũng vẫn còn điều khoản luật theo mình ơi ạ dạ vâng thưa xin nghe nói đọc nộp gọi hẹn tên họ"
    " bac co khong toi so dia"
)
# Of the stop words typed plain, those that are given names behind "văn" and "thị": Sáu, Năm, Lâm, Thái, Kỳ, Mới.
STOPS_AS_GIVEN = _words("sau nam lam thai ky thái mới moi lay")
# English words for offices and for us: they end a name.
ENGLISH_ENDS = _words(
    "district commune committee department division province provincial people justice city ward street office"
    " ministry you we they she not are this your need have must"
)
# A small word that ends a name typed without capitals.
STOP_WORDS = _words(
    "ở tại là và với của có không đã đang sẽ bị được cho đến đi về vào ra nói bảo gọi thì mà nhưng"
    " nên trong ngoài trên"
    " dưới sau trước khi lúc ngày tháng năm số sinh điện địa hiện thường trú xã phường huyện quận"
    " thôn xóm tổ làm xin đề"
    " kính gửi nhận nộp cần hay rất do lại tôi em chúng cùng hẹn yêu từ nay này đó hỏi đòi lấy cầm ký trả nhờ chưa"
    " cũng để theo thái mới bên cán phụ chủ người giám trưởng"
    " la o tai va voi cua co khong da dang se bi duoc cho den di ve vao noi bao goi thi nhung nen trong"
    " sau truoc khi luc"
    " ngay thang nam so sinh dien dia hien thuong tru xa phuong huyen quan thon xom lam xin de kinh"
    " gui nhan nop can rat"
    " do lai toi em chung cung hen yeu nay hoi doi lay ky tra nho chua theo sdt cccd cmnd stk ma"
    " trinh nguoi chu bo me"
)
# A small word that ends a street name typed without capitals ("đường chợ cũ thì …").
STREET_STOPS = _words(
    "toi em chau la co khong da dang bi duoc cho den di ve va voi cua nay do nhung ma nen vi de xin hoi cach gan o tai"
    " lam hien so sdt cccd cmnd xa phuong huyen quan tinh tp thon thi ngo duong pho moi cu bao phai dai dan"
    " tôi cháu là có không đã đang bị được cho đến đi về và với của này đó nhưng mà nên vì để xin hỏi cách gần ở"
    " tại làm hiện số xã phường huyện quận tỉnh thôn thị ngõ đường phố mới bảo phải vào ra từ lên xuống nhà"
    " rồi thì"
)
# After these "đường" and "ngõ" are no address: "đường dây nóng", "đường vào", "ngõ cụt".
NO_STREET = _words(
    "day đây dây di đi vao vào truyen truyền lien liên ong ống link xau xấu hep hẹp rong rộng cut cụt nho nhỏ be bê"
    " dat đất nhua nhựa huyet huyết sat sắt bo bộ thuy thủy hoan"
)
