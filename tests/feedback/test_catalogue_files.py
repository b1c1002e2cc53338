"""The catalogue and demo files, read as plain YAML: they must agree with each other before any database sees them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from feedback.workflow import ROLE_NAMES, Role

FEEDBACK = Path(__file__).resolve().parents[2] / "feedback"
BEFORE, LLTP_CUT, AFTER, TODAY = date(2025, 2, 28), date(2025, 3, 1), date(2025, 7, 1), date(2026, 11, 23)
UNIT_TYPES = {"agency", "office", "division", "public_unit", "one_stop", "external", "class", "commune"}
CONFIDENCE = {"sourced", "secondary", "memory", "policy"}
FIELDS = {"reference", "citizen", "received_date", "unit", "handler", "due_date", "procedure"}
STAFF_ROLES = {"handler", "triage", "leader", "manager", "integrity", "auditor", "administrator"}
CHANNELS = {"web", "paper", "phone", "counter", "email", "api", "import"}
ANSWERED = {"answered", "published", "rated", "reopened", "closed", "pending_approval", "returned"}
NEEDS = {
    "published": {"reply", "title"},
    "rated": {"reply", "rating"},
    "reopened": {"reply", "clarification"},
    "returned": {"reply", "remarks"},
    "need_info": {"question"},
    "need_info_answered": {"question", "answer"},
    "coordinating": {"opinion_unit", "question"},
    "transferred": {"agency", "reason"},
    "rejected": {"hint", "reason"},
    "withdrawn": {"reason"},
    "extended": {"reason"},
    "merged": {"into"},
    "split": {"parts"},
    **{path: {"reply"} for path in ("answered", "closed", "pending_approval")},
    **{path: set() for path in ("new", "triage", "assigned", "processing", "overdue")},
}


@cache
def load(name: str) -> dict[str, Any]:
    return yaml.safe_load((FEEDBACK / name).read_text(encoding="utf-8"))


def rows(name: str, key: str) -> list[dict[str, Any]]:
    return load(f"catalogue/{name}.yaml")[key]


def units() -> dict[str, dict[str, Any]]:
    return {u["code"]: u for u in rows("units", "units")}


def labels(key: str) -> dict[str, str | None]:
    """code → parent code, of topics, issues or kinds."""
    found: dict[str, str | None] = {}
    for row in rows("taxonomy", key):
        found[row["code"]] = None
        found |= {child["code"]: row["code"] for child in row.get("children") or ()}
    return found


def alive(row: dict[str, Any], on: date) -> bool:
    return row["valid_from"] <= on and (row["valid_to"] is None or on <= row["valid_to"])


def end_of(row: dict[str, Any]) -> date:
    return row["valid_to"] or date.max


def letters() -> list[dict[str, Any]]:
    return load("demo/letters.yaml")["letters"]


def members() -> Iterator[tuple[str, dict[str, Any]]]:
    for person in load("demo/staff.yaml")["staff"]:
        for membership in person["memberships"]:
            yield person["username"], membership


@pytest.mark.parametrize(
    ("name", "key"),
    [("units", "units"), ("procedures", "procedures"), ("templates", "templates"), ("reject_hints", "hints")],
)
def test_codes_are_unique_and_short(name: str, key: str) -> None:
    codes = [row["code"] for row in rows(name, key)]
    assert [c for c, n in Counter(codes).items() if n > 1] == []
    assert all(len(c) <= 40 and re.fullmatch(r"[A-Z0-9_.\-]+", c) for c in codes)


def test_units_have_names_types_and_sane_dates() -> None:
    for unit in units().values():
        assert unit["kind"] in UNIT_TYPES, unit
        assert all((unit["name_vi"], unit["name_en"])), unit
        assert isinstance(unit["valid_from"], date), unit
        assert unit["valid_to"] is None or unit["valid_from"] < unit["valid_to"], unit
        assert unit["successors"] or unit["valid_to"] is None, f"{unit['code']} ends without a successor"


def test_a_parent_exists_and_lives_at_least_as_long() -> None:
    for unit in units().values():
        if unit["parent"] is None:
            continue
        parent = units()[unit["parent"]]
        assert parent["valid_from"] <= unit["valid_from"], unit["code"]
        assert end_of(unit) <= end_of(parent), unit["code"]


def test_the_first_successor_takes_over_the_next_day_and_none_comes_round_again() -> None:
    for code, unit in units().items():
        seen, todo = set(), list(unit["successors"])
        while todo:
            here = todo.pop()
            assert here in units(), f"{code}: unknown successor {here}"
            assert here != code, f"{code} succeeds itself"
            todo += [] if here in seen else units()[here]["successors"]
            seen.add(here)
        if unit["successors"]:
            heir = units()[unit["successors"][0]]
            assert (heir["valid_from"] - unit["valid_to"]).days <= 1, code
            assert alive(heir, AFTER), code


def test_old_communes_end_in_living_communes_many_to_one() -> None:
    old = [u for u in units().values() if u["kind"] == "commune" and u["valid_to"]]
    new = [u for u in units().values() if u["kind"] == "commune" and not u["valid_to"]]
    assert (len(old), len(new)) >= (10, 8)
    heirs = Counter(heir for u in old for heir in u["successors"])
    assert all(units()[heir] in new for heir in heirs)
    assert max(heirs.values()) > 1
    assert all("tên minh hoạ" in u["note"] for u in (*old, *new))


@pytest.mark.parametrize("on", [BEFORE, date(2025, 6, 30), AFTER, TODAY])
def test_every_role_of_an_override_has_one_holder_on_any_day(on: date) -> None:
    for override in rows("routing", "overrides"):
        assert bool(override.get("issue")) != bool(override.get("kind")), override
        assert bool(override.get("unit")) != bool(override.get("role")), override
        assert override["reason_vi"]
        assert isinstance(override["priority"], int)
        if role := override.get("role"):
            holders = [u["code"] for u in units().values() if role in u.get("roles", ()) and alive(u, on)]
            assert len(holders) == 1, (role, on, holders)


def test_the_overrides_name_known_labels_in_an_unambiguous_order() -> None:
    overrides = rows("routing", "overrides")
    assert {o["issue"] for o in overrides if o.get("issue")} <= set(labels("issues"))
    assert {o["kind"] for o in overrides if o.get("kind")} <= set(labels("kinds"))
    priorities = [o["priority"] for o in overrides]
    assert len(set(priorities)) == len(priorities)
    assert {o.get("issue") or o["kind"] for o in overrides} >= {"NN", "TO_CAO", "KHIEU_NAI", "QD", "DVC"}


@pytest.mark.parametrize("on", [date(2019, 1, 2), BEFORE, LLTP_CUT, date(2025, 6, 30), AFTER, TODAY])
def test_every_topic_has_exactly_one_route_on_any_day(on: date) -> None:
    plain = Counter(r["topic"] for r in rows("routing", "routes") if r["issue"] is None and alive(r, on))
    assert set(plain) == set(labels("topics"))
    assert set(plain.values()) == {1}


def test_a_route_leads_to_units_that_exist_as_long_as_it_holds() -> None:
    for route in rows("routing", "routes"):
        assert route["topic"] in labels("topics"), route
        assert route["issue"] is None or route["issue"] in labels("issues"), route
        assert route["conf"] in CONFIDENCE, route
        assert (route["unit"] == "@place") == bool(route["fallback"]), route
        for code in (route["unit"], route["fallback"], route["supervisor"]):
            if code in (None, "@place"):
                continue
            unit = units()[code]
            assert unit["kind"] != "class", route
            assert unit["valid_from"] <= route["valid_from"], route
            assert end_of(route) <= end_of(unit), route


def test_criminal_records_went_to_the_police_and_a_notary_never_judges_itself() -> None:
    by_day = {
        on: {r["topic"]: r["unit"] for r in rows("routing", "routes") if r["issue"] is None and alive(r, on)}
        for on in (BEFORE, LLTP_CUT, TODAY)
    }
    assert [by_day[d]["LLTP.CAP"] for d in by_day] == ["STP_TB.HCTP", "CA_TINH", "CA_TINH"]
    assert by_day[TODAY]["CC.VP"] == "STP.BTTP"
    assert by_day[TODAY]["NGOAI.KHAC"] == "CO_QUAN_KHAC"


def test_procedures_have_a_known_topic_unit_and_an_honest_period() -> None:
    for row in rows("procedures", "procedures"):
        code = row["code"]
        assert row["topic"] in labels("topics"), code
        assert row["competent_unit"] == "@place" or alive(units()[row["competent_unit"]], TODAY), code
        assert (row["unit_level"] == "commune") == (row["competent_unit"] == "@place"), code
        assert row["online_level"] in {"full", "partial", "none", "unknown"}, code
        assert row["conf"] in CONFIDENCE, code
        assert row["published"] is True, code
        assert all((row["name_vi"], row["name_en"])), code
        assert len(row["law"] or "") <= 300, code
        if row["legal_days"] is None:
            assert row["legal_days_unit"] is None, code
        else:
            assert row["legal_days"] > 0, code
            assert row["legal_days_unit"] in {"wd", "cd"}, code
            assert row["law"], f"{code}: a period without its law"


def test_national_codes_are_well_formed_and_used_once() -> None:
    codes = [row["national_code"] for row in rows("procedures", "procedures") if row["national_code"]]
    assert len(codes) == len(set(codes))
    assert all(isinstance(c, str) and re.fullmatch(r"\d\.\d{6}", c) for c in codes)


def test_templates_use_known_labels_and_only_the_closed_set_of_fields() -> None:
    templates = rows("templates", "templates")
    assert len(templates) >= 20
    for row in templates:
        assert row["topic"] is None or row["topic"] in labels("topics"), row["code"]
        assert row["issue"] is None or row["issue"] in labels("issues"), row["code"]
        assert row["kind"] is None or row["kind"] in labels("kinds"), row["code"]
        code, body = row["code"], row["body_vi"]
        assert {"reference", "unit"} <= set(re.findall(r"{(.*?)}", body)) <= FIELDS, code
        assert [body.count("{"), body.count("[")] == [body.count("}"), body.count("]")], code
        assert not re.search(r"[^\n.:;!?,\]})]\n[^\n–]", body), f"{code}: a sentence broken by a line end"


def test_reject_hints_say_where_to_go() -> None:
    for row in rows("reject_hints", "hints"):
        assert row["sentence_vi"].endswith("."), row["code"]
        assert row["sentence_en"].endswith("."), row["code"]
        assert row["transfer_unit"] is None or alive(units()[row["transfer_unit"]], TODAY), row["code"]


def test_demo_staff_hold_real_roles_in_living_units() -> None:
    names = [person["username"] for person in load("demo/staff.yaml")["staff"]]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9\-]+", name) for name in names)
    assert {m["role"] for _, m in members()} == STAFF_ROLES <= {str(r) for r in Role}
    assert set(ROLE_NAMES) == set(Role)
    for name, member in members():
        assert alive(units()[member["unit"]], TODAY), name
        assert set(member.get("skills", ())) <= set(labels("topics")), name
        assert member["role"] == "handler" or "capacity" not in member, name
        assert member["role"] != "handler" or member["capacity"] > 0, name


def unit_of(letter: dict[str, Any]) -> str:
    """The unit a demo letter should reach today: override, else the best route; DEFAULT for an outside agency."""

    def with_parent(key: str, code: str) -> list[str]:
        parent = labels(key)[code]
        return [code, parent] if parent else [code]

    def holder(role: str) -> str:
        return next(u["code"] for u in units().values() if role in u.get("roles", ()) and alive(u, TODAY))

    issues = with_parent("issues", letter["issue"])
    for override in sorted(rows("routing", "overrides"), key=lambda o: o["priority"]):
        if override.get("kind") == letter["kind"] or override.get("issue") in issues:
            return holder(override["role"])
    topics = with_parent("topics", letter["topic"])
    fitting = [
        r
        for r in rows("routing", "routes")
        if r["topic"] in topics and r["issue"] in (*issues, None) and alive(r, TODAY)
    ]
    best = min(fitting, key=lambda r: (topics.index(r["topic"]), (*issues, None).index(r["issue"])))
    unit = (letter["place"] or best["fallback"]) if best["unit"] == "@place" else best["unit"]
    return holder("DEFAULT") if units()[unit]["kind"] == "external" else unit


def skilled(member: dict[str, Any], topic: str) -> bool:
    """As Membership.skilled_for: a skill covers its topic and the topics below; none named means all."""
    return not member["skills"] or any(topic == s or topic.startswith(f"{s}.") for s in member["skills"])


def test_every_unit_with_a_demo_letter_has_a_skilled_handler_and_a_leader() -> None:
    for letter in letters():
        unit = unit_of(letter)
        handlers = [m for _, m in members() if (m["unit"], m["role"]) == (unit, "handler")]
        assert any(skilled(m, letter["topic"]) for m in handlers), (letter["id"], unit)
        above, here = set(), unit
        while here:
            above.add(here)
            here = units()[here]["parent"]
        led = {m["unit"] for _, m in members() if m["role"] == "leader"}
        assert led & above, (letter["id"], unit)


def test_demo_letters_carry_known_labels_places_and_what_their_path_needs() -> None:
    procedures = {row["code"] for row in rows("procedures", "procedures")}
    ids = [letter["id"] for letter in letters()]
    assert len(ids) == len(set(ids)) == 64
    for letter in letters():
        name, path = letter["id"], letter["path"]
        assert letter["topic"] in labels("topics"), name
        assert letter["issue"] in labels("issues"), name
        assert letter["kind"] in labels("kinds"), name
        assert letter["place"] is None or units()[letter["place"]]["kind"] == "commune", name
        assert letter["procedure"] is None or letter["procedure"] in procedures, name
        assert letter["channel"] in CHANNELS, name
        assert letter["visibility"] in {"named", "hidden", "sealed"}, name
        assert 1 <= letter["days_ago"] <= 92, name
        assert re.fullmatch(r"[0-2]\d:[0-5]\d", letter["time"]), name
        assert 10 <= len(letter["text"]) <= 20_000, name
        assert NEEDS[path] <= set(letter), name
        assert ("reply" in letter) == (path in ANSWERED), name
        assert letter.get("rating", {"score": 1})["score"] in (1, 2, 3), name


def test_what_demo_letters_point_to_exists() -> None:
    hints = {row["code"] for row in rows("reject_hints", "hints")}
    for letter in letters():
        assert letter.get("hint") in {None, *hints}, letter["id"]
        assert "agency" not in letter or units()[letter["agency"]]["kind"] == "external", letter["id"]
        assert "opinion_unit" not in letter or alive(units()[letter["opinion_unit"]], TODAY), letter["id"]
        assert letter.get("opinion_unit") != unit_of(letter), letter["id"]
        assert all(part in letter["text"] for part in letter.get("parts", ())), letter["id"]


def test_demo_duplicates_come_after_the_letter_they_repeat() -> None:
    by_id = {letter["id"]: letter for letter in letters()}
    repeats = [letter for letter in letters() if "into" in letter]
    assert len(repeats) >= 2
    for letter in repeats:
        assert by_id[letter["into"]]["days_ago"] > letter["days_ago"], letter["id"]


def test_sealed_complaints_and_denunciations_are_not_published() -> None:
    kinds = {row["code"]: row for row in rows("taxonomy", "kinds")}
    for letter in letters():
        if letter["path"] == "published":
            assert letter["visibility"] != "sealed", letter["id"]
            assert not kinds[letter["kind"]]["never_published"], letter["id"]
        if letter["kind"] == "TO_CAO":
            assert letter["visibility"] == "sealed", letter["id"]


def test_the_demo_shows_every_kind_and_mood() -> None:
    kinds = Counter(letter["kind"] for letter in letters())
    assert kinds["KHEN"] == kinds["KHIEU_NAI"] == 6
    assert kinds["TO_CAO"] == 4
    assert Counter(letter["path"] for letter in letters())["published"] >= 20
    bare = [letter["id"] for letter in letters() if _without_diacritics(letter["text"])]
    assert len(bare) >= 14
    lengths = [len(letter["text"]) for letter in letters()]
    assert min(lengths) < 70
    assert max(lengths) > 1000
    assert {letter["path"] for letter in letters()} == set(NEEDS)


def _without_diacritics(text: str) -> bool:
    return not any(c in "đĐ" or unicodedata.normalize("NFD", c) != c for c in text)


def test_replies_are_whole_answers() -> None:
    for letter in letters():
        for key in ("reply", "question", "clarification"):
            if key in letter:
                assert unicodedata.is_normalized("NFC", letter[key]), letter["id"]
        if "reply" in letter:
            assert 60 <= len(letter["reply"].split()) <= 180, letter["id"]
            assert not set("[]{}") & set(letter["reply"]), letter["id"]


def test_personal_data_comes_from_ranges_that_cannot_exist() -> None:
    for letter in letters():
        person = letter["citizen"]
        assert re.fullmatch(r"|(Công dân|Citizen) \d+", person["name"]), letter["id"]
        assert re.fullmatch(r"|0100 000 \d{3}", person["phone"]), letter["id"]
        assert re.fullmatch(r"|[a-z0-9]+@example\.vn", person["email"]), letter["id"]
        for digits in re.findall(r"\d[\d ]{7,}\d", letter["text"] + letter.get("reply", "")):
            assert digits.startswith(("0100 000 ", "0000000000", "0000 0000 ")), (letter["id"], digits)
        assert not re.search(r"@(?!example\.vn)", letter["text"]), letter["id"]
