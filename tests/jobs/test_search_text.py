"""What people type in `q`, and what it finds: on the real database, as stemming happens there."""

import string
from collections.abc import Iterable

import pytest
from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Cast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from rapidfuzz.distance import OSA

from jobs import search_text
from jobs.models import SearchWord
from jobs.search_text import (
    MAX_QUERY_LENGTH,
    MAX_TERMS,
    add_words,
    closest_word,
    correct,
    documents,
    near_misses,
    normalise,
    parse_query,
    rebuild_words,
)

pytestmark = pytest.mark.django_db


def document(title: str, skills: str, company: str) -> Cast:
    return Cast(Value(" ".join(documents([(title, skills, company)])[0])), SearchVectorField())


fuzz = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)
what_people_type = st.lists(
    st.one_of(
        st.sampled_from(["c++", "c#", ".net", "node.js", '"', "-", "&", "|", "!", "(", ":*", "'", "\\"]),
        anything,
    ),
    max_size=12,
).map(" ".join)


@pytest.fixture(autouse=True)
def _one_row(db: None) -> None:
    SearchWord.objects.create(word="row", stem="row", frequency=1, deletes=[])


def _finds(parsed: search_text.ParsedQuery, title: str, skills: str, company: str) -> bool:
    rows = SearchWord.objects.filter(word="row").annotate(document=document(title, skills, company))
    return rows.filter(document=parsed.expression()).exists()


def finds(q: str, title: str = "", skills: str = "", company: str = "") -> bool:
    return _finds(parse_query(q), title, skills, company)


def finds_corrected(q: str, title: str) -> bool:
    return _finds(correct(parse_query(q)), title, "", "")


def learn(texts: Iterable[str]) -> None:
    add_words({word: 1 for text in texts for word in normalise(text).split()})


# Title, skills, company


def test_words_are_looked_for_in_title_skills_and_company() -> None:
    posting = {"title": "Data Analyst", "skills": "Python SQL", "company": "TechCorp"}
    assert finds("analyst ", **posting)
    assert finds("sql ", **posting)
    assert finds("techcorp ", **posting)
    assert not finds("java ", **posting)


def test_several_words_must_all_match_wherever_they_are() -> None:
    posting = {"title": "Data Analyst", "skills": "Python SQL", "company": "TechCorp"}
    assert finds("techcorp python analyst", **posting)
    assert not finds("techcorp python manager", **posting)


# Stemming and accents


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("engineers ", "Engineer"),
        ("engineering ", "Senior Engineers"),
        ("nurses ", "Nursing"),
        ("manage ", "Managing Editor"),
    ],
)
def test_another_form_of_a_word_finds_it(q: str, title: str) -> None:
    assert finds(q, title)


@pytest.mark.parametrize("q", ["it ", "it specialist", "IT"])
def test_words_that_are_small_talk_elsewhere_are_searched_for(q: str) -> None:
    assert finds(q, "IT Specialist")
    assert not finds(q, "HR Manager")


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("resume", "Résumé Writer"),
        ("résumé", "Resume Writer"),
        ("MUNCHEN", "Fahrer für München"),
        ("strasse", "Straße"),
        ("lodz", "Kierowca Łódź"),
        ("istanbul", "İSTANBUL"),
        ("cafe", "Cafe\u0301"),
        ("engineer", "Ｅｎｇｉｎｅｅｒ"),
        ("елка", "Ёлка"),
        ("احمد", "أحمد"),
    ],
)
def test_accents_and_case_never_matter(q: str, title: str) -> None:
    assert finds(q, title)


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("软件", "高级软件工程师"),
        ("エンジニア", "シニアエンジニア"),
        ("разработчик", "Старший разработчик"),
        ("हिन्दी", "हिन्दी शिक्षक"),
        ("개발자", "백엔드 개발자"),
    ],
)
def test_words_of_other_scripts_are_found(q: str, title: str) -> None:
    assert finds(q, title)
    assert not finds(q, "Engineer")


# Quoted phrases and excluded words


@pytest.mark.parametrize("q", ['"data engineer"', "“data engineer”", "«data engineer»", '"DATA engineers"'])
def test_a_quoted_phrase_finds_its_words_in_a_row_only(q: str) -> None:
    assert finds(q, "Senior Data Engineer")
    assert not finds(q, "Engineer, Data")
    assert not finds(q, "Data Platform Engineer")


def test_a_phrase_does_not_reach_from_one_field_into_the_next() -> None:
    assert not finds('"engineer python"', "Engineer", "Python")
    assert finds("engineer python", "Engineer", "Python")


def test_a_quotation_mark_that_is_never_closed_means_nothing() -> None:
    assert finds('"engineer data', "Data Engineer")


def test_a_word_with_a_minus_is_excluded() -> None:
    assert finds("engineer -senior", "Engineer")
    assert not finds("engineer -senior", "Senior Engineer")
    assert not finds("engineer -c++", "Engineer", "C++")
    assert finds("engineer -c++", "Engineer", "C")


def test_an_excluded_word_excludes_its_forms_but_not_what_it_begins() -> None:
    assert not finds("developer -managers", "Developer and Manager")
    assert finds("developer -java", "JavaScript Developer")


def test_a_phrase_with_a_minus_is_excluded_as_a_phrase() -> None:
    assert not finds('engineer -"machine learning"', "Machine Learning Engineer")
    assert finds('engineer -"machine learning"', "Engineer for Learning about a Machine")


def test_exclusions_alone_find_everything_else() -> None:
    assert finds("-senior", "Engineer")
    assert not finds("-senior", "Senior Engineer")


def test_a_hyphen_inside_a_word_excludes_nothing() -> None:
    assert finds("full-stack", "Full Stack Developer")


# Technical terms


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ("c++", "C++ Developer"),
        ("c++", "C/C++"),
        ("c++", "Modern C++17"),
        ("c#", "C#/.NET"),
        ("c#", "C# (Unity)"),
        (".net", "C#.NET"),
        (".net", "ASP.NET Core"),
        (".NET", "(.NET)"),
        ("asp.net", "ASP.NET Core"),
        ("node.js", "Node.js"),
        ("node.js", "NodeJS"),
        ("node js", "Node.js"),
        ("node.js", "Node JS"),
        ("r&d", "R&D Manager"),
        ("r&d", "R & D Manager"),
        ("at&t", "AT&T"),
        ("comptia a+", "CompTIA A+"),
        ("u.s. navy", "US Navy"),
        ("ph.d.", "PhD"),
        ("3d", "3D Artist"),
        ("401k", "401k Administrator"),
        ("1e5", "1e5"),
        ("nurse's aide", "Nurse’s Aide"),
        ("o'brien", "O’Brien"),
        ("amazon jobs", "Amazon.com jobs"),
    ],
)
def test_technical_terms_are_words_of_their_own(q: str, text: str) -> None:
    assert finds(q + " ", text)
    assert finds(q, skills=text)


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ("c", "C++ Developer"),
        ("c", "C# Developer"),
        ("c++", "C Developer"),
        ("c++", "C# Developer"),
        ("c#", "C Developer"),
        ("net", ".NET Developer"),
        (".net", "Net Developer"),
        ("js", "Node.js"),
        ("node.js", "Node"),
        ("c++", "10+ years of C"),
    ],
)
def test_a_technical_term_is_not_taken_for_another(q: str, text: str) -> None:
    assert not finds(q, text)


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("frontend", "Front-End Engineer"),
        ("frontend", "Front End Engineer"),
        ("front end", "Frontend Engineer"),
        ("front-end", "Frontend Engineer"),
        ("front-end engineer", "Front End Engineer"),
        ("ecommerce manager", "E-Commerce Manager"),
    ],
)
def test_one_word_or_two_is_a_matter_of_taste(q: str, title: str) -> None:
    assert finds(q, title)


def test_parts_of_a_hyphenated_word_belong_together() -> None:
    assert not finds("front-end", "End of the Front")


def test_and_between_words_need_not_be_in_the_posting() -> None:
    assert finds("python and java", "Python/Java Developer")
    assert finds("sales & marketing", "Marketing, Sales")
    assert finds("and", "Sales and Marketing")


@pytest.mark.parametrize("q", ["ui/ux", "ux/ui ", "ui ux"])
def test_words_with_a_slash_between_them_are_words_of_their_own(q: str) -> None:
    assert finds(q, "UX/UI Designer")
    assert not finds(q, "UX Designer")


@pytest.mark.parametrize("q", ["jobs for nurses", "nurse jobs in the", "a nurse job"])
def test_small_words_need_not_be_in_the_posting(q: str) -> None:
    assert finds(q, "Nurse")
    assert not finds(q, "Jobs for a Doctor in the North")


@pytest.mark.parametrize("q", ["the", "jobs", "for jobs -nurse"])
def test_small_words_alone_are_looked_for(q: str) -> None:
    assert finds(q, "Jobs for the Doctor")
    assert not finds(q, "Nurse")


@pytest.mark.parametrize("q", ['"jobs for nurses"', "nurse -for"])
def test_small_words_that_are_quoted_or_excluded_are_meant(q: str) -> None:
    assert not finds(q, "Nurse for Children")


# Synonyms


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("RN", "Registered Nurse"),
        ("registered nurse", "RN, Night Shift"),
        ("HR specialist", "Human Resources Specialist"),
        ("human resources", "HR Specialist"),
        ("cpa ", "Certified Public Accountant"),
        ("lawyer", "Attorney"),
        ("abogada", "Attorney"),
        ("bibliotecario", "Librarian"),
        ("ingeniero eléctrico", "Electrical Engineer"),
        ("INGENIERA ELECTRICA ", "Electrical Engineers"),
        ("senior hr specialist -intern", "Senior Human Resources Specialist"),
    ],
)
def test_what_is_called_otherwise_is_found(q: str, title: str) -> None:
    assert finds(q, title)


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("hr", "Human Factors Researcher"),
        ("hr specialist", "Human Resources"),
        ('"hr"', "Human Resources"),
        ('"hr specialist"', "Human Resources Specialist"),
        ('human "resources"', "HR"),
        ("lawyer", "Paralegal"),
    ],
)
def test_a_synonym_stands_for_all_of_its_words_and_not_for_what_is_quoted(q: str, title: str) -> None:
    assert not finds(q, title)


@pytest.mark.parametrize("q", ["NOAA", "noaa biologist", '"noaa"', "n.o.a.a."])
def test_a_company_is_found_by_its_initials(q: str) -> None:
    assert finds(q, "Biologist", company="National Oceanic and Atmospheric Administration")


def test_two_words_and_those_of_a_title_have_no_initials() -> None:
    assert not finds("pb ", "Biologist", company="Public Buildings")
    assert not finds("noaa ", "National Oceanic and Atmospheric Administrator")


def test_an_excluded_word_does_not_exclude_its_synonyms() -> None:
    assert finds("specialist -hr", "Human Resources Specialist")
    assert not finds("specialist -hr", "HR Specialist")


def test_every_synonym_can_be_looked_up() -> None:
    for words, others in search_text.synonyms().items():
        assert normalise(words) == words
        assert len(words.split()) <= search_text.MAX_SYNONYM_WORDS
        assert all(other and normalise(" ".join(other)).split() == list(other) for other in others)


# Tiers


def tier_of(q: str, title: str, skills: str = "", company: str = "", corrected: bool = False) -> int:
    """Return which part of a query finds a posting; exactly one does."""
    parsed = parse_query(q)
    row = SearchWord.objects.filter(word="row").annotate(document=document(title, skills, company))
    tiers = (correct(parsed) if corrected else parsed).tiers()
    found = [number for number, part in enumerate(tiers) if row.filter(document=part).exists()]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("q", "postings"),
    [
        (
            "hr specialist",
            [
                ("HR Specialist", "", ""),
                ("Lead HR Specialist", "", ""),
                ("Human Resources Specialist", "", ""),
                ("Lead Human Resources Specialist", "", ""),
                ("Specialist", "Human Resources", ""),
                ("Specialist", "", "HR Inc."),
            ],
        ),
        ("engineer", [("Engineer", "", ""), ("Lead Engineer", "", ""), ("Engineering Lead", "", "")]),
        ("engine", [("Engine", "", ""), ("Engine Room", "", ""), ("Enginemen Lead", "", "")]),
        ("nurse jobs", [("Nurse Jobs", "", ""), ("Nurse Jobs Advisor", "", ""), ("Nurse", "", "")]),
        ("python ", [("Python", "", ""), ("Python Developer", "", ""), ("Developer", "Python", "")]),
    ],
)
def test_what_is_nearer_to_the_typed_words_comes_first(q: str, postings: list[tuple[str, str, str]]) -> None:
    tiers = [tier_of(q, *posting) for posting in postings]
    assert tiers == sorted(tiers)
    assert len(set(tiers)) == len(postings)


def test_a_corrected_word_ranks_as_if_it_had_been_typed() -> None:
    learn(["Accountant", "Accounting Technician"])
    tiers = [
        tier_of("acountant", title, corrected=True)
        for title in ("Accountant", "Senior Accountant", "Accounting Technician")
    ]
    assert tiers == sorted(set(tiers))


@fuzz
@given(q=what_people_type, title=anything, skills=anything, company=anything)
def test_each_match_is_in_one_tier_and_all_are_matches(q: str, title: str, skills: str, company: str) -> None:
    parsed = parse_query(f"{q} {title[:20]}")
    row = SearchWord.objects.filter(word="row").annotate(document=document(title, skills, company))
    if not parsed.is_empty:
        found = [part for part in parsed.tiers() if row.filter(document=part).exists()]
        assert len(found) == row.filter(document=parsed.expression()).count()


# Prefixes of the last word


@pytest.mark.parametrize("q", ["en", "engi", "engineeri", "ENGINEERING", "data engin", "data-engin"])
def test_the_last_word_also_finds_what_it_begins(q: str) -> None:
    assert finds(q, "Data Engineering")


def test_a_last_letter_alone_begins_nothing() -> None:
    assert not finds("e", "Engineer")


def test_a_word_before_the_last_is_finished() -> None:
    assert not finds("engineeri data", "Data Engineering")


@pytest.mark.parametrize("q", ["java ", '"java"', "java developer"])
def test_a_space_or_a_quotation_mark_finishes_the_last_word(q: str) -> None:
    assert finds(q, "Java Developer")
    assert not finds(q, "JavaScript Developer")


@pytest.mark.parametrize(("q", "skills"), [("node.j", "Node.js"), (".ne", ".NET"), ("c+", "C++")])
def test_a_technical_term_is_found_while_it_is_typed(q: str, skills: str) -> None:
    assert finds(q, skills=skills)


# Near misses


@pytest.mark.parametrize(
    "q", ["pyhton", "pythn", "pythonn", "pytjon", "ypthon", "bython", "PYHTON", "pyhton ", "pyhton developer"]
)
def test_a_near_miss_still_finds_something(q: str) -> None:
    learn(["Python Developer", "Java"])
    assert not finds(q, "Python Developer")
    assert finds_corrected(q, "Python Developer")


def test_a_correction_is_told() -> None:
    learn(["Python Developer"])
    assert correct(parse_query("pyhton develoepr")).corrections == {
        "pyhton": "python",
        "develoepr": "developer",
    }


@pytest.mark.parametrize(
    "q", ["python", "pyth", "develop", "developing ", "senior -pyhton", '"pyhton"', "c++", "sqll1"]
)
def test_what_is_known_unfinished_excluded_or_quoted_is_not_corrected(q: str) -> None:
    learn(["Senior Python Developer", "Pitch", "C", "sql11"])
    assert not correct(parse_query(q)).corrections


def test_a_known_form_of_a_word_is_not_corrected() -> None:
    learn(["Nurse", "Cursing"])
    assert not correct(parse_query("nursing ")).corrections


def test_a_slip_in_a_posting_does_not_make_a_word_of_it() -> None:
    add_words({"analyst": 40, "anlyst": 2})
    assert correct(parse_query("anlyst ")).corrections == {"anlyst": "analyst"}
    add_words({"anlyst": 10})
    assert not correct(parse_query("anlyst ")).corrections


def test_correcting_takes_one_query_whatever_was_typed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    learn(["Python Developer"])
    with django_assert_num_queries(1):
        correct(parse_query("pyhton develoepr javaa rubyy perll golangg scalaa"))
    add_words({"python": 50, "developer": 50})
    with django_assert_num_queries(1):
        correct(parse_query("python developer"))
    with django_assert_num_queries(0):
        correct(parse_query("sql -javaa"))


def test_a_correction_loses_nothing_that_the_words_as_typed_would_find() -> None:
    parsed = parse_query("pyhton").with_corrections({"pyhton": "python"})
    assert _finds(parsed, "Python", "", "")
    assert _finds(parsed, "Pyhton", "", "")


def test_the_nearest_word_wins_and_of_equally_near_ones_the_most_frequent() -> None:
    assert closest_word("pyhton", [("python", 1), ("pyhtons", 5), ("phyton", 3)]) == "pyhtons"
    assert closest_word("javs", [("java", 9), ("jars", 20)]) == "jars"
    assert closest_word("javs", [("java", 9), ("jaws", 9)]) == "java"
    assert closest_word("enginer", [("engine", 50), ("engineer", 40)]) == "engine"


@pytest.mark.parametrize(
    ("word", "candidate"),
    [("sql", "sqs"), ("java", "ruby"), ("python", "pylon5"), ("gs13", "gs12"), ("maneger", "ranager")],
)
def test_too_short_too_far_or_with_digits_is_no_near_miss(word: str, candidate: str) -> None:
    assert closest_word(word, [(candidate, 1)]) is None


short_words = st.text("abcd", min_size=4, max_size=12)


@fuzz
@given(
    short_words,
    st.lists(st.tuples(st.sampled_from("drit"), st.integers(0, 11), st.sampled_from("abcd")), max_size=2),
)
def test_words_near_each_other_are_looked_up_by_something_they_share(
    word: str, slips: list[tuple[str, int, str]]
) -> None:
    other = word
    for kind, at, letter in slips:
        left, right = other[:at], other[at:]
        other = {
            "d": left + right[1:],
            "r": left + letter + right[1:],
            "i": left + letter + right,
            "t": left + right[1:2] + right[:1] + right[2:],
        }[kind]
    if OSA.distance(word, other) <= near_misses.tolerance(word):
        assert near_misses.deletes(word) & near_misses.deletes(other)


def test_near_words_are_looked_up_by_index() -> None:
    letters = string.ascii_lowercase
    add_words({a + b + c + "word": 1 for a in letters for b in letters for c in letters[:8]})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_searchword")
        cursor.execute(
            "EXPLAIN " + near_misses.NEAR_SQL,
            [["abcwrods"], [False], [" ".join(near_misses.deletes("abcwrods"))]],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan on search_word_deletes" in plan
    assert "Seq Scan" not in plan


def test_words_are_counted_over_postings_and_rebuilt() -> None:
    add_words({"python": 2})
    add_words({"python": 3, "java": 1})
    add_words({})
    assert SearchWord.objects.get(word="python").frequency == 5
    rebuild_words({"java": 4})
    assert list(SearchWord.objects.values_list("word", "frequency")) == [("java", 4)]


# Whatever is typed


@pytest.mark.parametrize("q", ["", "   ", "!!!", '"!!!"', "-", '""', "- -", "\0", "\ud800", "…"])
def test_a_query_of_which_nothing_is_understood_is_empty_and_finds_nothing(q: str) -> None:
    assert parse_query(q).is_empty
    assert not finds(q, "Engineer")


def test_a_long_query_is_read_up_to_a_limit() -> None:
    assert len(parse_query(" ".join(f"w{n}" for n in range(60))).terms) == MAX_TERMS
    assert finds("a" * 1000, "a" * MAX_QUERY_LENGTH)


@fuzz
@given(what_people_type)
def test_any_text_makes_a_query_that_the_database_takes(q: str) -> None:
    parsed = parse_query(q)
    finds(q, "Engineer")
    correct(parsed)
    assert not parsed.is_empty or not finds(q, "Engineer")


@fuzz
@given(what_people_type)
def test_any_text_can_be_indexed_and_is_found_by_itself(text: str) -> None:
    words = normalise(text)
    if words:
        assert finds(f'"{words}"'[:MAX_QUERY_LENGTH], text) or len(words) > MAX_QUERY_LENGTH - 2
    else:
        assert not finds(text, text)


@given(st.one_of(what_people_type, st.text(max_size=200)))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert "  " not in once
    assert once == once.strip()
