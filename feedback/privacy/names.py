"""Personal names: after a title or a kinship word, after "tôi tên là", or by a family name and what follows it.

Works word by word over the folded text, so it is linear; spelling with marks decides where a folded word is
ambiguous ("Lê" is a family, "lệ phí" is a fee).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from feedback.privacy import vocabulary as v
from feedback.privacy.folding import Folded, Word
from feedback.privacy.hits import Hit

_MOST_WORDS = 6
_DECLARED = re.compile(
    r"(?<!\w)(?:"
    r"(?:ho(?: va)?,? (?:chu dem va )?ten|ten day du|ky ten|ho ten"
    r"|nguoi (?:viet|lam|gui|ky|nop|yeu cau|khieu nai|to cao|phan anh|de nghi)(?: don)?)"
    r"(?: (?:cua )?(?:toi|em|chau|con(?: toi)?|cha|me|bo|vo|chong|be|khai sinh))?(?: la)? ?(?::|-|la) ?|ky ten "
    r"|ten(?: (?:cua )?(?:toi|em|chau|minh|con|vo|chong|bo|me|cha|be)(?: toi)?)? la:? "
    r"|(?:toi|em|chau|minh|con|be|vo|chong|bo|me|cha)(?: (?:trai|gai|toi|em|minh|chau)){0,2} ten(?: la)?:? "
    r")"
)
_SAID_TO_BE = re.compile(
    r"(?<!\w)(?:toi|em|chau|minh|ten that"
    r"|(?:con|vo|chong|bo|me|cha|anh|chi|em|be)(?: (?:trai|gai|ruot|re|dau))? (?:toi|em|minh|chau))(?: ten)? la:? "
    r"|(?<!\w)(?:mang|ghi|doi|dat) ten(?: la)?:? "
)


def find(folded: Folded) -> Iterator[Hit]:
    """Names of persons, and the later mentions of every full name already found."""
    words = folded.words()
    declared = {match.end() for match in _DECLARED.finditer(folded.lower)}
    said = {match.end() for match in _SAID_TO_BE.finditer(folded.lower)}
    full_names: set[tuple[str, ...]] = set()
    covered: set[int] = set()
    index = 0
    while index < len(words):
        count, reason = _name_at(folded, words, index, declared, said)
        if count:
            yield Hit(words[index].start, words[index + count - 1].end, "name", reason)
            covered.update(range(index, index + count))
            if count > 1:
                full_names.add(tuple(word.lower for word in words[index : index + count]))
        index += max(count, 1)
    yield from _mentioned_again(folded, words, full_names, covered)


def _name_at(
    folded: Folded, words: list[Word], index: int, declared: set[int], said: set[int]
) -> tuple[int, str]:
    """How many words from `index` are a name, and why; (0, "") if none are."""
    word = words[index]
    if word.start in declared:
        count = _capital_run(folded, words, index) or _small_name(folded, words, index, declared=True)
        return count, "đứng sau chữ họ tên"
    if word.start in said:
        count = _capital_run(folded, words, index) if word.capital else _said_small(folded, words, index)
        if count or word.capital:
            return count, "đứng sau chữ “tôi là”, “tên là”"
    title = index > 0 and _touching(folded, words[index - 1], word) and _is_title(words, index - 1)
    if title:
        count = _titled(folded, words, index)
        if count:
            return count, "đứng sau từ xưng hô"
    return _by_family(folded, words, index, title=title), "bắt đầu bằng một họ"


def _is_title(words: list[Word], index: int) -> bool:
    """A word of address, also "con trai" and "trưởng thôn"; "chí" only in "đồng chí": Hồ Chí Minh is a city."""
    if words[index].lower == "chi" and words[index].spelled == "chí":
        return index > 0 and words[index - 1].lower == "dong"
    if index and _is(words[index], v.KIN_TAILS):
        return _is(words[index - 1], v.TITLES)
    if index and _is(words[index], v.HAMLETS):
        return words[index - 1].spelled in {"trưởng", "truong"}
    return _is(words[index], v.TITLES)


def _said_small(folded: Folded, words: list[Word], index: int) -> int:
    """A name typed small after "tôi là": only by a family that is nothing else, or a sure middle name."""
    if not _is(words[index], v.FAMILIES) or _begins_phrase(words, index):
        return 0
    sure = _followed_by(folded, words, index, v.SURE_MIDDLES)
    clear = _is(words[index], v.CLEAR_FAMILIES) and not _doubted(words[index])
    return _small_name(folded, words, index, declared=True) if sure or clear else 0


def _titled(folded: Folded, words: list[Word], index: int) -> int:
    word, title = words[index], words[index - 1]
    if (
        _stands(words, index - 1, 2, v.PLACES)
        or _is(word, v.KINSHIP)
        or _in_a_place(folded, words, index - 1)
    ):
        return 0
    shouting = title.all_caps and word.all_caps and len(title.lower) > 1
    kin = _is(title, v.KINSHIP) or _is(title, v.KIN_TAILS)
    if word.capital and not shouting and kin:
        count = _capital_run(folded, words, index)
        # One letter ("anh A") is already a cover name; "bà Rịa" is a town.
        if count > 1 or (count == 1 and len(word.lower) > 1):
            return count
    if _begins_phrase(words, index):
        return 0
    if not word.capital and _is(title, v.KINSHIP) and word.spelled in v.SMALL_GIVEN:
        return int(title.spelled not in v.PLAIN_TITLES or word.spelled not in v.PLAIN_NOT_GIVEN)
    return 0


def _in_a_place(folded: Folded, words: list[Word], title: int) -> bool:
    """Whether a capitalised title belongs to a place: "Hai Bà Trưng", "đường Bà Triệu", "chùa Bà Đanh"."""
    if not title or not _touching(folded, words[title - 1], words[title]):
        return False
    before = words[title - 1]
    return before.spelled == "hai" or (words[title].capital and _is(before, v.HALLOWED))


def _by_family(folded: Folded, words: list[Word], index: int, *, title: bool) -> int:
    """A family name followed by what makes it one: capitals, a middle name, or a title before."""
    word = words[index]
    if not _is(word, v.FAMILIES) or _is_place(folded, words, index, title=title):
        return 0
    clear = _is(word, v.CLEAR_FAMILIES)
    if word.capital:
        count = _capital_run(folded, words, index)
        middle = count > 1 and _is(words[index + 1], v.MIDDLES)
        # "Do I need", "La A": a rare family and one letter is no name.
        lone = count == 2 and not clear and len(words[index + 1].lower) == 1
        likely = clear or title or middle or count > 2 or not (_is(word, v.RARE_FAMILIES) or word.all_caps)
        if count > 1 and likely and not lone:
            return count
    if _begins_phrase(words, index):
        return 0
    if word.capital or clear or title:
        believed = title and _small_believed(folded, words, index)
        return _small_name(folded, words, index, declared=believed)
    return 0


def _small_believed(folded: Folded, words: list[Word], index: int) -> bool:
    """Whether a small family name after a title is one: "ông lê quang vinh", but not "em thi công", "chồng đánh"."""
    word, title = words[index], words[index - 1]
    if not word.capital and _is(word, v.KINSHIP):
        return False
    if word.capital or (_is(word, v.CLEAR_FAMILIES) and not _doubted(word)):
        return True
    respected = (
        word.spelled != word.lower or title.spelled in v.PLAIN_STRONG_TITLES or title.spelled != title.lower
    )
    if _is(title, v.KINSHIP) and respected and _followed_by(folded, words, index, v.STRONG_MIDDLES):
        return True
    return _is(title, v.KINSHIP) and word.spelled != word.lower and not _is(word, v.RARE_FAMILIES)


def _doubted(word: Word) -> bool:
    """A clear family typed small without marks that is also a common word: "dang", "phan"."""
    return not word.capital and word.spelled in v.DOUBTED_PLAIN


def _begins_phrase(words: list[Word], index: int) -> bool:
    """Whether an everyday phrase or an office starts here; "Phan Anh Tuan" typed plain is rather a name."""
    if not _stands(words, index, 2, v.NOT_NAME_PHRASES):
        return False
    three = words[index : index + 3]
    plain = all(word.capital and word.spelled == word.lower for word in three)
    return not (len(three) == 3 and plain and three[0].lower == "phan")


def _stands(
    words: list[Word], index: int, size: int, table: dict[tuple[str, ...], frozenset[tuple[str, ...]]]
) -> bool:
    """Whether a phrase of the table stands at `index`, spelled as it should be or typed without any mark."""
    run = words[index : index + size]
    spellings = table.get(tuple(word.lower for word in run))
    if spellings is None:
        return False
    return tuple(word.spelled for word in run) in spellings or all(word.spelled == word.lower for word in run)


def _followed_by(folded: Folded, words: list[Word], index: int, table: dict[str, frozenset[str]]) -> bool:
    if index + 1 >= len(words) or not _touching(folded, words[index], words[index + 1]):
        return False
    return _is(words[index + 1], table)


def _capital_run(folded: Folded, words: list[Word], index: int) -> int:
    """How many capitalised words stand together from `index`, up to a word that cannot be in a name."""
    count = 0
    shout = words[index].all_caps and len(words[index].lower) > 1
    while count < _MOST_WORDS and index + count < len(words):
        word = words[index + count]
        if not word.capital or (count and not _touching(folded, words[index + count - 1], word)):
            break
        if _ends_name(words, index + count) or (shout and len(word.lower) > 1 and not word.all_caps):
            break
        count += 1
    # "Nguyễn Thị hoa", "Trần văn Bình": one small word after a sure middle name belongs to it.
    last = index + count - 1
    if 1 <= count <= 3 and _is(words[last], v.SURE_MIDDLES) and _follows_small(folded, words, last):
        count += 1
    elif count == 1 and _is(words[index], v.FAMILIES):
        count += _small_tail(folded, words, index)
    return count


def _small_tail(folded: Folded, words: list[Word], index: int) -> int:
    """Words after a capitalised family name when the middle name is small: "Nguyễn văn An" gives 2."""
    if index + 2 >= len(words) or not _touching(folded, words[index], words[index + 1]):
        return 0
    middle, given = words[index + 1], words[index + 2]
    if (
        not _is(middle, v.SURE_MIDDLES)
        or not _touching(folded, middle, given)
        or given.spelled in v.STOP_WORDS
    ):
        return 0
    return 2


def _follows_small(folded: Folded, words: list[Word], last: int) -> bool:
    if last + 1 >= len(words) or not _touching(folded, words[last], words[last + 1]):
        return False
    return words[last + 1].spelled not in v.STOP_WORDS


def _small_name(folded: Folded, words: list[Word], index: int, *, declared: bool) -> int:
    """Length of a name typed small: family, middle, given. Without a title it needs a sure middle name."""
    count, limit = 1, 5 if declared else 4
    if words[index].spelled in v.STOP_WORDS and not _is(words[index], v.FAMILIES):
        return 0
    while count < limit and index + count < len(words):
        word = words[index + count]
        is_middle = count == 1 and _is(word, v.SURE_MIDDLES)
        if not _touching(folded, words[index + count - 1], word):
            break
        # Right behind "thị" even a title is a given name: "lý thị mợ", "trần thị bé"; else "tran hoang nam" only.
        signs = [declared, _is(words[index + 1], v.SURE_MIDDLES), word.spelled in v.STOPS_AS_GIVEN]
        given = count == 2 and (sum(signs) > 1 or (signs[1] and _is(word, v.TITLES)))
        if not (is_middle or given) and (word.spelled in v.STOP_WORDS or _is(word, v.TITLES)):
            break
        # A fourth small word is a name only behind the first half of a double one: "nguyễn thị kim thoa".
        if count >= 3 and not _is(words[index + count - 1], v.DOUBLE_GIVEN):
            break
        count += 1
    sure = count > 2 and (_is(words[index + 1], v.SURE_MIDDLES) or words[index].spelled in v.SURE_FAMILIES)
    if sure:
        return count
    known = _is(words[index], v.CLEAR_FAMILIES) or (_is(words[index], v.FAMILIES) and count > 2)
    return count if declared and count > 1 and known else 0


def _is_place(folded: Folded, words: list[Word], index: int, *, title: bool) -> bool:
    """Whether the words from `index` are a town, a street or an office named after somebody."""
    if title:
        return False
    if _stands(words, index, 3, v.PLACES):
        return True
    if _stands(words, index, 2, v.PLACES):
        # "Hoàng Mai" is a district, "Hoàng Mai Anh" a person.
        return not (_is(words[index], v.CLEAR_FAMILIES) and _capital_run(folded, words, index) == 3)
    if not index or not _touching(folded, words[index - 1], words[index]):
        return False
    before = words[index - 1]
    if index > 1 and _stands(words, index - 2, 2, v.PLACE_PAIRS_BEFORE):
        return True
    # "chủ tịch xã Hoàng Văn Thiện": communes are not named with "Văn" and "Thị", their officers are.
    officer = _is(before, v.UNITS) and _followed_by(folded, words, index, v.SURE_MIDDLES)
    return before.spelled in v.PLACES_BEFORE and not officer


def _ends_name(words: list[Word], index: int) -> bool:
    """Whether this word begins something that is no name: an office, a label, a function word."""
    word = words[index]
    if _begins_phrase(words, index) or word.lower in v.ENGLISH_ENDS:
        return True
    return word.spelled in v.NOT_NAME_WORDS and not _is(word, v.FAMILIES)


def _is(word: Word, table: dict[str, frozenset[str]]) -> bool:
    """In the table by its spelling, or typed without marks altogether."""
    spellings = table.get(word.lower)
    return spellings is not None and (word.spelled in spellings or word.spelled == word.lower)


def _touching(folded: Folded, left: Word, right: Word) -> bool:
    """Only blanks stand between two words, and not many; a dot only behind an initial or a short title."""
    gap = folded.lower[left.end : right.start]
    if not 0 < len(gap) <= 3 or gap.strip(" ./'’") or "\n" in gap:
        return False
    return "." not in gap or (gap.count(".") == 1 and (len(left.lower) == 1 or left.lower in v.DOTTED))


def _mentioned_again(
    folded: Folded, words: list[Word], full_names: set[tuple[str, ...]], covered: set[int]
) -> Iterator[Hit]:
    """Later and earlier mentions of a full name that stand without title or capitals."""
    by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name in sorted(full_names, key=len, reverse=True):
        if len(by_first[name[0]]) < 50:  # bounds the work on a text that is nothing but names
            by_first[name[0]].append(name)
    for index, word in enumerate(words):
        if index in covered:
            continue
        for name in by_first.get(word.lower, ()):
            if tuple(w.lower for w in words[index : index + len(name)]) == name:
                yield Hit(
                    word.start, words[index + len(name) - 1].end, "name", "tên đã gặp ở chỗ khác trong đơn"
                )
                break
