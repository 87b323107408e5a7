"""Reads one row of USAJOBS, the job announcements of the United States government, as a posting.

The rows come in two shapes, a listing and a detailed one; both are read by the same code, since
they differ in the names of some fields and in how many they have. What is a rule of thumb rather
than a fact of the row is said to be one, here and in docs/import.md.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from jobs.categories import field_of_series
from jobs.models import EmploymentType, ExperienceLevel

SOURCE = "USAJOBS (public data)"
DOMAIN = "usajobs.gov"
WEBSITE = "https://www.usajobs.gov"

LONGEST_TITLE = 200
LONGEST_COMPANY = 150
LONGEST_LOCATION = 2000
LONGEST_TAG = 60
LONGEST_URL = 1000
LONGEST_CONTROL_NUMBER = 100
LONGEST_SECTION = 20_000
MOST_TAGS = 20
YEARS = range(1990, 2101)
YEARLY_PAY = range(10_000, 1_000_001)
"""United States dollars; below it is pay by the hour, above it a slip."""


class UnreadableRow(ValueError):
    """This row cannot become a posting.

    kind: the reason in a few words, the same for all rows with it; the message adds what this one has.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


Said = Mapping[str, str]
"""What a row says in words, by field, cleaned; fields that say nothing are not in it."""


class Posting(NamedTuple):
    """What a row says, in JobSphere's terms; the names are those of `jobs.models.Job`.

    company: the employer's name. category: a slug, or None. salary_min and salary_max: USD a year,
    both or neither. posted_at and expires_at: UTC.
    """

    external_id: str
    company: str
    title: str
    description: str
    location: str
    type: str
    experience_level: str | None
    category: str | None
    tags: list[str]
    salary_min: int | None
    salary_max: int | None
    requirements: list[str]
    application_url: str
    posted_at: datetime
    expires_at: datetime


def read_row(row: object) -> Posting:
    """Read one decoded line, whatever it holds.

    Raises:
        UnreadableRow: not a JSON object, or no control number, title, date or link that makes sense.
    """
    if not isinstance(row, dict):
        raise UnreadableRow("not a JSON object")
    said = _texts_by_name(row)
    external_id = _control_number(said)
    title = _title(said)
    opens, closes = _date(said, "open_date"), _date(said, "close_date")
    if closes < opens:
        raise UnreadableRow("close_date lies before open_date", f"{closes} before {opens}")
    series = list(_series(row.get("occupation_series")))
    hiring_paths = _texts(row.get("hiring_paths"))
    locations = _locations(said)
    salary_min, salary_max = _salary(said)
    employment_type = _employment_type(said, title)
    facts = _facts(said, series, locations, hiring_paths, row.get("telework"))
    url = _url(said, external_id)
    return Posting(
        external_id=external_id,
        company=_company(said),
        title=title,
        description=_description(said, facts, url),
        location=_as_one_line(locations),
        type=employment_type,
        experience_level=_experience_level(said, title, employment_type, hiring_paths),
        category=_category(series, title),
        tags=_tags(said, series),
        salary_min=salary_min,
        salary_max=salary_max,
        requirements=_requirements(said.get("qualifications", "")),
        application_url=url,
        posted_at=datetime.combine(opens, time.min, UTC),
        expires_at=datetime.combine(closes, time(23, 59, 59), UTC),
    )


def _control_number(said: Said) -> str:
    """What the source calls an announcement by; it stays the same when the announcement changes."""
    number = said.get("control_number", "")
    if not number:
        raise UnreadableRow("control_number is missing")
    if len(number) > LONGEST_CONTROL_NUMBER:
        raise UnreadableRow(f"control_number is longer than {LONGEST_CONTROL_NUMBER} characters")
    return number


# Text

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]+")
_NOTHING = {"unknown", "none", "null", "n/a", "-"}
_LONGEST_NOTHING = max(map(len, _NOTHING))


def _clean(value: object) -> str:
    """Text of one line; nothing for what is no text, or says that it is not known."""
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return ""
        value = str(value)
    text = value
    if not text.isprintable():
        text = " ".join(_UNPRINTABLE.sub(" ", text).split())
    elif "  " in text or text.startswith(" ") or text.endswith(" "):
        text = " ".join(text.split())
    return "" if len(text) <= _LONGEST_NOTHING and text.lower() in _NOTHING else text


def _texts_by_name(row: Mapping[str, object]) -> Said:
    return {name: text for name, value in row.items() if (text := _clean(value))}


def _first(said: Said, *names: str) -> str:
    """The first of these fields that says something."""
    for name in names:
        if name in said:
            return said[name]
    return ""


def _texts(value: object) -> list[str]:
    """What a list holds, each once; text is a list of one."""
    values = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(filter(None, map(_clean, values))))


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _small_words_lowered(text: str) -> str:
    return _SMALL_WORDS.sub(lambda match: match[0].lower(), text)


_SMALL_WORDS = re.compile(
    r"(?<=\s)(?:A|An|And|As|At|By|For|From|In|Of|On|Or|The|To|With)(?=\s)", re.IGNORECASE
)
_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_ROMAN_NUMERAL = re.compile(r"(?=[IVX])X{0,2}(?:IX|IV|V?I{0,3})")
_ABBREVIATIONS = {"ITSPEC": "IT Specialist", "SUPV": "Supervisory", "EMPL": "Employee", "SPEC": "Specialist"}
_ACRONYMS = frozenset(
    re.findall(
        r"\w+",
        """
        AD AFB AI API ARL ATL AWS BIM CAD CAO CDC CEO CFO CIA CIO CJA CNC COO COR CPA CPD CTO DBA DC DE DEIA
        DHA DHS DISA DOD DOE DOI DOJ DOL DOT DVIP EAP EEO EEOC EPA ERISA FAA FAFSA FBI FCC FDA FDIC FEMA
        FERC FHA FOIA FPL FSA FTC GAO GG GIS GPO GS GSA HGOV HHS HR HUD HVAC ICE ICTAP IES IG IRS IT JAG LLC
        LPN MGOV MGS MP MRI NASA NATO NEPA NIH NIST NLP NOAA NSA NTE NTIA NY OA OCIO OCR OIG OIO OMB OPM OS
        OSHA PBS PMF PMP PR QA RN RPL SAC SAP SBA SEC SES SME SQL SRF SSA STEM TM TSA UAS UI US USA USAF
        USDA USMC USN USPTO UX VA VHA VIP WFO
        APPSW CUSTSPT DATAMGT ENTARCH INET INFOSEC PLCYPLN SYSADMIN SYSANALYSIS
        """,
    )
)
"""Stay as they are in a title of capital letters; the last line is OPM's for specialties of 2210."""


def _title(said: Said) -> str:
    title = _first(said, "position_title", "title")
    if not title:
        raise UnreadableRow("title is missing")
    if title == title.upper():
        title = _small_words_lowered(_WORDS.sub(_title_word, title))
    if len(title) > LONGEST_TITLE:
        raise UnreadableRow(f"title is longer than {LONGEST_TITLE} characters")
    if _TEST.search(title):
        raise UnreadableRow("a test of the source, no job", title)
    return title


_TEST = re.compile(
    r"\bdo not apply\b"
    r"|^test(?:ing)?(?:$|[\W_]+only\b)"
    r"|\d\.\d+ test$",  # of a release: "MGS 2025.1 TEST"
    re.I,
)
"""Titles of what was never a job. "Test Engineer" is one, and so may be "TEST Student Trainee"."""


def _title_word(match: re.Match[str]) -> str:
    word = match[0]
    if word in _ABBREVIATIONS:
        return _ABBREVIATIONS[word]
    if word in _ACRONYMS or _ROMAN_NUMERAL.fullmatch(word) or any(map(str.isdigit, word)):
        return word
    return word[0] + word[1:].lower()


# Dates, links, pay


def _date(said: Said, name: str) -> date:
    """The day of a date or a time; the source names no time zone, so the hour is not read."""
    text = _first(said, name)
    if not text:
        raise UnreadableRow(f"{name} is missing")
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        day = date.min
    if day.year not in YEARS or text[10:11] not in {"", "T", " "}:
        raise UnreadableRow(f"{name} is not a date", text[:40])
    return day


_USUAL_URL = re.compile(r"https://[a-z0-9.-]+\.[a-z]+/[A-Za-z0-9/-]+")


def _url(said: Said, number: str) -> str:
    """The https address of the original; where the row has none, the one USAJOBS gives that number."""
    given = _first(said, "usajobs_url", "url")
    if len(given) <= LONGEST_URL and _USUAL_URL.fullmatch(given):
        return given
    try:
        parts = urlsplit(given)
        if parts.scheme in {"http", "https"} and re.fullmatch(
            r"[A-Za-z0-9.-]+\.[A-Za-z]+", parts.hostname or ""
        ):
            url = urlunsplit(("https", parts.hostname or "", parts.path, parts.query, ""))
            if len(url) <= LONGEST_URL and not re.search(r"[\s<>]", url):
                return url
    except ValueError:
        pass
    if number.isascii() and number.isdigit():
        return f"{WEBSITE}/job/{number}"
    raise UnreadableRow("link to the original is missing or no web address")


def _salary(said: Said) -> tuple[int, int] | tuple[None, None]:
    lowest, highest = _amount(said, "min_salary"), _amount(said, "max_salary")
    if lowest is None or highest is None or lowest > highest:
        return None, None
    return lowest, highest


def _amount(said: Said, name: str) -> int | None:
    try:
        amount = round(Decimal(_first(said, name).replace(",", "").removeprefix("$")))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return amount if amount in YEARLY_PAY else None


# Who, where

_UNNAMED_AGENCY = "Other Agencies and Independent Organizations"
_PART_OF_SOMETHING = re.compile(r"(?:Office (?:of|for)|Assistant Secretary|Immediate Office)\b")


def _department(said: Said) -> str:
    department = said.get("department", "")
    return "" if department == _UNNAMED_AGENCY else department


def _company(said: Said) -> str:
    """The agency; with its department where each has one, such as an Office of Inspector General."""
    agency, department = _first(said, "agency", "organization"), _department(said)
    if not agency or agency == _UNNAMED_AGENCY:
        name = department or "United States Government"
    elif department and _PART_OF_SOMETHING.match(agency) and not department.startswith("Executive Office"):
        name = f"{agency}, {department}"
    else:
        name = agency
    return _shortened(name, LONGEST_COMPANY)


def _locations(said: Said) -> list[str]:
    """Each place once, without the repetition in "Rome, New York, New York"."""
    places = (_place(place) for place in said.get("location", "").split(";"))
    return list(dict.fromkeys(filter(None, places))) or ["United States"]


def _place(text: str) -> str:
    parts = [part for part in map(_clean, text.split(",")) if part]
    if len(parts) > 2 and parts[-1] == parts[-2]:
        parts.pop()
    return ", ".join(parts)


def _as_one_line(locations: list[str]) -> str:
    """The places, as many of them as there is room for; the description has the rest."""
    text = "; ".join(locations)
    if len(text) <= LONGEST_LOCATION:
        return text
    return text[:LONGEST_LOCATION].rpartition("; ")[0] or text[:LONGEST_LOCATION]


# What kind of job

_TYPES = {
    "permanent": EmploymentType.FULL_TIME,
    "temporary": EmploymentType.TEMPORARY,
    "term": EmploymentType.TEMPORARY,
    "temporary promotion": EmploymentType.TEMPORARY,
    "detail": EmploymentType.TEMPORARY,
    "seasonal": EmploymentType.TEMPORARY,
    "summer": EmploymentType.INTERNSHIP,
    "internships": EmploymentType.INTERNSHIP,
    "students": EmploymentType.INTERNSHIP,
    "intermittent": EmploymentType.PART_TIME,
}
"""By kind of appointment; all others, such as recent graduates and presidential fellows, are full-time."""

_INTERN = re.compile(r"\b(?:intern|interns|internship|internships|student trainee|student volunteer)\b", re.I)
_PART_TIME = re.compile(r"\bpart[- ]time\b", re.I)


def _employment_type(said: Said, title: str) -> str:
    appointment = said.get("appointment_type", "").lower()
    if _INTERN.search(title):
        return EmploymentType.INTERNSHIP
    if _PART_TIME.search(title):
        return EmploymentType.PART_TIME
    return _TYPES.get(appointment, EmploymentType.FULL_TIME)


_LEADING = re.compile(r"\b(?:supervisory|supervisor|lead|leader|chief|director|foreman)\b", re.I)
_ENTRY = re.compile(r"\b(?:recent graduates?|recent grad|apprentice|trainee|junior|aide?)\b", re.I)
_SENIOR = re.compile(r"\b(?:senior|principal)\b", re.I)
_GRADE_IN_TITLE = re.compile(r"\bG[SG]-(?:\d{4}-)?(\d{1,2})\b")
_GRADED_PAY_SCALES = {"GS", "GG", "GL", "GM"}
_EXECUTIVES = {"senior executives", "senior executives - other", "ses"}


def _experience_level(said: Said, title: str, employment_type: str, hiring_paths: list[str]) -> str | None:
    """A rule of thumb, by the kind of appointment, then the title, then the grade; None where none speaks."""
    appointment = said.get("appointment_type", "").lower()
    if employment_type == EmploymentType.INTERNSHIP:
        return ExperienceLevel.INTERNSHIP
    if appointment == "recent graduates" or _ENTRY.search(title):
        return ExperienceLevel.ENTRY
    if said.get("pay_scale", "") == "ES" or not _EXECUTIVES.isdisjoint(map(str.lower, hiring_paths)):
        return ExperienceLevel.EXECUTIVE
    if _LEADING.search(title):
        return ExperienceLevel.LEAD
    grade = _lowest_grade(said, title)
    if grade is not None:
        return _level_of_grade(grade)
    return ExperienceLevel.SENIOR if _SENIOR.search(title) else None


def _lowest_grade(said: Said, title: str) -> int | None:
    """The General Schedule grade (1 to 15) one may start at; pay bands of other scales are no grades."""
    if said.get("pay_scale", "").upper() in _GRADED_PAY_SCALES:
        grade = said.get("low_grade", "")
    else:
        match = _GRADE_IN_TITLE.search(title)
        grade = match[1] if match else ""
    if re.fullmatch(r"\d{1,2}", grade, re.ASCII) and 1 <= int(grade) <= 15:
        return int(grade)
    return None


def _level_of_grade(grade: int) -> ExperienceLevel:
    if grade <= 7:
        return ExperienceLevel.ENTRY
    if grade <= 11:
        return ExperienceLevel.MID
    if grade <= 13:
        return ExperienceLevel.SENIOR
    return ExperienceLevel.LEAD if grade == 14 else ExperienceLevel.EXECUTIVE


def _series(value: object) -> Iterator[tuple[str, str]]:
    """Code and name of each occupational series; the name is empty where the source has none."""
    return filter(None, map(_one_series, _texts(value)))


@lru_cache(maxsize=2000)
def _one_series(text: str) -> tuple[str, str] | None:
    match = re.match(r"(\d{4})\b(?:\s*-\s*(.*))?", text, re.ASCII)
    return (match[1], _series_name(match[2] or "")) if match else None


def _series_name(name: str) -> str:
    name = _small_words_lowered(name.removesuffix("Series").strip())
    return name.replace("'S", "'s").replace("Gao ", "GAO ")


_TITLE_WORDS = [
    (re.compile(words, re.I), slug)
    for words, slug in (
        (
            r"\b(?:data (?:scientist|science|analyst|engineer)|statistician|mathematician|machine learning)",
            "data-science",
        ),
        (r"\b(?:software|web developer|programmer|computer scientist)", "software-development"),
        (
            r"\b(?:IT|cyber\w*|information technology|network|systems administrator)\b",
            "information-technology",
        ),
        (r"\b(?:engineer|engineering)\b", "engineering"),
        (r"\b(?:scientist|biologist|chemist|physicist|meteorologist|metrologist|hydrologist)\b", "science"),
        (r"\b(?:nurse|physician|medical|health|pharmacist|psychologist)\b", "healthcare"),
        (r"\b(?:attorney|paralegal|legal|counsel)\b", "legal"),
        (r"\b(?:accountant|auditor|budget|financial)\b", "finance"),
        (r"\bhuman resources\b", "human-resources"),
        (r"\b(?:teacher|instructor|education|training)\b", "education"),
        (r"\b(?:police|security|investigator)\b", "security"),
        (r"\b(?:analyst|program manager)\b", "management"),
    )
]
"""Field of a row without a series, by the first of these that its title holds: a rule of thumb."""


def _category(series: list[tuple[str, str]], title: str) -> str | None:
    if series:
        return next(filter(None, (field_of_series(code) for code, _ in series)), None)
    return next((slug for words, slug in _TITLE_WORDS if words.search(title)), None)


_TECHNOLOGIES = re.findall(
    r"[^,\s][^,]*",
    """AWS, Azure, C++, Deep Learning, Docker, Excel, GIS, Hadoop, Java, JavaScript, Kubernetes, Linux,
    Machine Learning, MATLAB, NLP, Power BI, Python, R, SAS, SPSS, SQL, STATA,
    Scrum, Spark, Tableau, VINCI""",
)
_TO_THE_LETTER = {name for name in _TECHNOLOGIES if len(name) < 4} | {"Excel", "Spark", "VINCI", "Scrum"}
"""Written in small letters, "R", "SAS" or "excel" are something else."""

_TECHNOLOGY = {
    name: re.compile(
        rf"(?<![\w&]){re.escape(name)}(?![\w&+#]|\.\w)", re.NOFLAG if name in _TO_THE_LETTER else re.I
    )
    for name in _TECHNOLOGIES
}


def _technologies(text: str) -> list[str]:
    """Those that a text speaks of. Most do of few: looking for the letters first costs a tenth."""
    if not text:
        return []
    small = text.lower()
    return [
        name
        for name, words in _TECHNOLOGY.items()
        if (name in text if name in _TO_THE_LETTER else name.lower() in small) and words.search(text)
    ]


def _tags(said: Said, series: list[tuple[str, str]]) -> list[str]:
    """The series' names, and the technologies that duties and qualifications speak of."""
    text = " ".join(said[name] for name in ("duties", "qualifications") if name in said)
    names = [_shortened(name, LONGEST_TAG) for _, name in series if name]
    by_key = {name.lower(): name for name in reversed(names + _technologies(text))}
    return list(reversed(by_key.values()))[:MOST_TAGS]


# Requirements and description

_SENTENCE_END = re.compile(r"(?<=[.;:!?])\s+(?=[A-Z(])")
_REQUIRES = re.compile(
    r"\b(?:must|require[sd]?|degree|years?|experience|ability|knowledge|citizen|clearance)\b", re.I
)
_LONGEST_REQUIREMENT = 300
_MOST_REQUIREMENTS = 10


def _requirements(qualifications: str) -> list[str]:
    """The sentences that ask for something, where they are short enough for a list: a rule of thumb.

    The description has the whole text.
    """
    if not qualifications:
        return []
    sentences = dict.fromkeys(sentence.strip() for sentence in _SENTENCE_END.split(qualifications))
    asking = [s for s in sentences if 20 <= len(s) <= _LONGEST_REQUIREMENT and _REQUIRES.search(s)]
    return asking[:_MOST_REQUIREMENTS]


_HIRING_PATHS = {
    "public": "The public",
    "fed-transition": "Career transition (CTAP, ICTAP, RPL)",
    "fed-competitive": "Federal employees - Competitive service",
    "fed-excepted": "Federal employees - Excepted service",
    "fed-internal-search": "Internal to an agency",
    "vet": "Veterans",
    "mspouse": "Military spouses",
    "disability": "Individuals with disabilities",
    "peace": "Peace Corps & AmeriCorps Vista",
    "special-authorities": "Special authorities",
    "land": "Land and base management",
    "overseas": "Family of overseas employees",
    "student": "Students",
    "graduates": "Recent graduates",
    "nguard": "National Guard and reserves",
    "native-american": "Native Americans",
    "ses": "Senior executives",
}
"""What the source's codes mean; some rows have the codes, others the words."""

_MARKDOWN_SIGN = re.compile(r"[\\`*_<>\[\]~|&]")
_MARKDOWN = re.compile(rf"https?://\S+|({_MARKDOWN_SIGN.pattern})")


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, addresses left whole."""
    escaped = text
    if _MARKDOWN_SIGN.search(text):
        escaped = _MARKDOWN.sub(lambda match: "\\" + match[1] if match[1] else match[0], text)
    return "\\" + escaped if escaped.startswith(("#", "+ ", "- ")) else escaped


_COUNTED = [
    ("1)", re.compile(r"(?<!\S)\((\d{1,2})\)\s+")),
    ("1)", re.compile(r"(?<!\S)(\d{1,2})\)\s+")),
    ("1.", re.compile(r"(?:^|(?<=[.;:,!?)]\s))(\d{1,2})\.\s+")),
]
"""The ways in which a text counts what it lists: (1), 1) and, after the end of a sentence or part, 1.

Each with what an ASCII text that counts so has in it, which is found sooner than by the expression.
"""

_FEWEST_ITEMS = 3


def _markdown(text: str) -> str:
    """A text in Markdown: one that counts from 1 to 3 or more, each once and in order, has a list of that.

    Where the last item is far longer than the others, something else follows in it: the text then stays as
    it is, and so does any other whose list is not certain.
    """
    for first, number in _COUNTED:
        if text.isascii() and first not in text:
            continue
        found = list(number.finditer(text))
        if len(found) < _FEWEST_ITEMS or [int(each[1]) for each in found] != [*range(1, len(found) + 1)]:
            continue
        ends = [each.start() for each in found[1:]] + [len(text)]
        items = [text[each.end() : end].strip() for each, end in zip(found, ends, strict=True)]
        *others, last = map(len, items)
        if all(items) and last <= 2 * max(others):
            listed = "\n".join(f"{count}. {_plain(item)}" for count, item in enumerate(items, start=1))
            return "\n\n".join(filter(None, [_plain(text[: found[0].start()].strip()), listed]))
    return _plain(text)


def _description(said: Said, facts: Iterable[tuple[str, str]], url: str) -> str:
    duties, qualifications = (
        _shortened(said.get(name, ""), LONGEST_SECTION) for name in ("duties", "qualifications")
    )
    known = "\n".join(f"- **{name}:** {_plain(value)}" for name, value in facts if value)
    sections = [
        f"## Duties\n\n{_markdown(duties)}" if duties else "",
        f"## Qualifications\n\n{_markdown(qualifications)}" if qualifications else "",
        f"## About this posting\n\n{known}" if known else "",
        f"[The original announcement](<{url}>)",
    ]
    return "\n\n".join(filter(None, sections))


def _facts(
    said: Said, series: list[tuple[str, str]], locations: list[str], hiring_paths: list[str], telework: object
) -> Iterator[tuple[str, str]]:
    yield "Department", _department(said)
    yield "Agency", _first(said, "agency", "organization")
    yield "Office", said.get("subagency", "")
    yield "Occupation", "; ".join(f"{name} ({code})" if name else code for code, name in series)
    yield "Appointment", said.get("appointment_type", "")
    yield "Grade", _grades(said)
    if len(locations) > 1:
        yield "Locations", "; ".join(locations)
    if isinstance(telework, bool):
        yield "Telework", "possible" if telework else "not possible"
    yield "Who may apply", "; ".join(dict.fromkeys(_HIRING_PATHS.get(path, path) for path in hiring_paths))


def _grades(said: Said) -> str:
    scale = said.get("pay_scale", "")
    grades = dict.fromkeys(filter(None, (said.get("low_grade", ""), said.get("high_grade", ""))))
    return " to ".join(f"{scale}-{grade}" for grade in grades) if scale else ""
