"""Signs that a posting may be a fraud, each with why. They inform people, and decide nothing.

What each sign is, what it weighs and how often it is wrong is in docs/decisions/fraud-signals.md.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timesince import timesince
from rapidfuzz.distance import DamerauLevenshtein

from jobs.models import Job, Listing
from jobs.services.verification import FREE_MAIL_DOMAINS

NEW_FOR = timedelta(days=14)
"""How long after its verification a company counts as new."""

LEAST_COPIED = 200
"""Letters and digits; what is shorter is said alike by many who never copied."""

FAR_ABOVE = 3
"""How many times the usual pay of its field is far from it."""

PAY_SAMPLE = 500
LEAST_PAID = 30
"""How many of the newest postings of a field are looked at, and how many of them have to state pay."""

LEAST_NAME = 5
"""Letters of a domain's name; shorter ones look alike by chance."""

SHOWN_AROUND = 30
"""Characters shown before and after what was found."""


@dataclass(frozen=True)
class Signal:
    """A sign: its code, how much it weighs in the queue, and why, in plain text for staff."""

    code: str
    weight: int
    why: str


class _Sign(NamedTuple):
    code: str
    weight: int
    label: str
    pattern: re.Pattern[str]


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + ")")


_GAP = r"[^.!?\n]{0,40}?"
"""What may stand between two words of one sentence."""

_WHO = r"(?:you|candidates?|applicants?|trainees?|new hires)"
_MUST = r"(?:will |must |need to |have to |are required to |should |are asked to )"

_SIGNS = [
    _Sign(
        "payment",
        4,
        "Asks applicants for money",
        _any_of(
            r"(?:application|registration|enrol?lment|processing|training|onboarding|placement|activation"
            r"|certification|starter kit|visa|background[ -]check|equipment|admin(?:istrat(?:ion|ive))?) "
            r"(?:fees?|deposits?)\b",
            r"(?:refundable|security|upfront|advance) (?:deposits?|fees?)\b",
            rf"{_WHO} {_MUST}(?:first |initially )?(?:pay|deposit|transfer|send us|send) "
            rf"{_GAP}(?:fees?|deposits?|money)\b",
            rf"{_WHO} {_MUST}(?:first |initially )?pay {_GAP}"
            r"(?:training|kit|equipment|uniform|certificates?|certification|background check|visa)\b",
            r"pay(?:ing|ment)? for (?:your |the |own )*training\b",
            r"(?:anmelde|bearbeitungs|schulungs|vermittlungs|registrierungs)gebühr",
            r"kaution (?:hinterlegen|zahlen|überweisen|von)\b",
            r"(?:in vorkasse|per vorkasse|vorauszahlung)\b",
            r"frais (?:d['’]inscription|de dossier|de formation|d['’]enregistrement)\b",
            r"(?:versement d['’]une caution|caution remboursable)\b",
            r"(?:cuota|tasa|pago) de (?:inscripción|registro|formación)\b",
            r"(?:pago por adelantado|depósito reembolsable)\b",
            r"taxa de (?:inscrição|cadastro|treinamento|matrícula)\b",
            r"(?:quota|tassa) di (?:iscrizione|registrazione)\b",
            r"(?:cauzione rimborsabile|pagamento anticipato)\b",
        ),
    ),
    _Sign(
        "gift_cards",
        4,
        "Speaks of payment by gift card",
        _any_of(
            rf"(?:buy|purchase|send|pay|paid|payments?|redeem|scratch)\b{_GAP}\bgift ?cards?\b",
            r"(?:itunes|google play|steam|apple|amazon|razer gold) (?:gift )?cards?\b",
            r"(?:geschenkkarten|gutscheinkarten) (?:kaufen|besorgen|senden)\b",
            r"(?:acheter|envoyer|achat de) (?:des )?cartes?[ -]cadeaux?\b",
            r"(?:comprar|enviar) (?:las |os |as )?(?:tarjetas de regalo|cartões[ -]presente)\b",
            r"(?:comprare|acquistare) (?:delle )?carte regalo\b",
        ),
    ),
    _Sign(
        "crypto",
        4,
        "Speaks of payment in cryptocurrency",
        _any_of(
            r"(?:bitcoin|btc|usdt|tether|ethereum|crypto(?:currenc(?:y|ies))?) "
            r"(?:wallet|deposits?|transfers?|payments?|atm|address)\b",
            rf"(?:paid|pay|salary|deposit|invest|send|bezahl\w+|payé|pagado|pago|pagato)\b{_GAP} "
            r"(?:in|via|using|with|into|en|em|per) (?:bitcoins?|btc|usdt|tether|crypto\w*|kryptow\w+)\b",
        ),
    ),
    _Sign(
        "money_mule",
        4,
        "Asks to pass money or parcels on",
        _any_of(
            rf"(?:receiv|accept|process|transfer|forward)\w* {_GAP}"
            rf"(?:payments?|funds|money|checks?|cheques?) {_GAP}"
            r"your (?:own |personal |private )?(?:bank )?account\b",
            r"your (?:own |personal |private )bank account\b",
            rf"(?:re-?ship|forward) {_GAP}(?:packages|parcels)\b",
            r"(?:western union|moneygram)\b",
            r"(?:ihr|dein) (?:eigenes |privates )?(?:konto|bankkonto) zur verfügung\b",
            rf"(?:pakete|päckchen) {_GAP}weiterleiten\b",
            r"votre (?:propre )?compte bancaire personnel\b",
            r"su cuenta bancaria personal\b",
        ),
    ),
    _Sign(
        "messenger",
        2,
        "Asks to be contacted by messenger",
        _any_of(
            rf"(?:contact|text|message|write|reach|apply|interviews?|add|chat)\b{_GAP}"
            r"\b(?:whats ?app|telegram|wechat|viber|google hangouts|signal app)\b",
            r"(?:per|über|par|por|tramite|via) (?:whats ?app|telegram|wechat|viber)\b",
            r"(?:wa\.me|t\.me|chat\.whatsapp\.com)/",
        ),
    ),
]

_DENIED_BEFORE = re.compile(
    r"\b(?:no|not|non|never|without|free of|don['’]t|doesn['’]t|won['’]t|cannot|reimburse\w*|waive\w*"
    r"|kein\w*|ohne|nie|nicht|aucun\w*|sans|pas|jamais|sin|ningun\w*|ningún|nunca|sem|não|nenhum\w*"
    r"|senza|nessun\w*|mai|(?:we|company|employer|wir|nous) (?:\w+ )?"
    r"(?:pay|cover|offer|provide|zahlen|übernehmen|payons)\w*)\b[^.!?\n,;:–—]*$"
    r"|\b(?:we|company|employer|wir|nous) (?:will |also |fully )?$"
)
_DENIED_AFTER = re.compile(
    r"[^.!?\n]{0,30}\b(?:not|never|waived|reimbursed|covered|nicht|erlassen|no se|non)\b"
)

_EMAIL = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,4}[a-z]{2,24})\b", re.IGNORECASE)
_LINK = re.compile(r"\bhttps?://[^\s<>()\[\]\"']{3,300}", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")
_NO_ASCII_WORD = bytes(code for code in range(128) if not chr(code).isalnum())
_PARAGRAPH = re.compile(r"\n\s*(?:\n|(?=[-*+#>|\d]))")
_EMPHASIS = re.compile(r"[*_`~#>|\\]+")


def digest(description: str) -> int | None:
    """Return what stands for a description's words: alike whatever their case, spaces, signs and Markdown.

    None for one that is too short to have been copied. 64 bits, signed, as `bigint` holds them.
    """
    if description.isascii():  # the same, several times as fast
        letters = description.encode().lower().translate(None, _NO_ASCII_WORD)
        length = len(letters)
    else:
        words = _NO_WORD.sub("", unicodedata.normalize("NFKC", description).casefold())
        letters, length = words.encode(), len(words)
    if length < LEAST_COPIED:
        return None
    return int.from_bytes(sha256(letters).digest()[:8], "big", signed=True)


def signals(job: Job) -> list[Signal]:
    """Return the signs of one posting, the gravest first, by at most two queries.

    Args:
        job: with its company loaded.
    """
    return signals_of([job])[0]


def signals_of(jobs: Sequence[Job]) -> list[list[Signal]]:
    """Return the signs of each posting, in their order: two queries for all, however many there are."""
    originals, usual = _originals(jobs), _usual_pay(jobs)
    found = [
        [
            *_in_company(job),
            *signals_in_text(job),
            *_in_copy(job, originals),
            *_in_pay(job, usual),
        ]
        for job in jobs
    ]
    return [sorted(each, key=lambda signal: -signal.weight) for each in found]


def signals_in_text(job: Job) -> list[Signal]:
    """Return what a posting's own words and addresses show. Asks the database nothing."""
    text = _readable("\n\n".join([job.title, job.description, *job.requirements]))
    return [*_in_words(text), *_in_addresses(job, text)]


def _readable(text: str) -> str:
    """Return a text as people read it: no marks, nothing invisible, a line for each paragraph or item."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) != "Cf"
    )
    return "\n".join(" ".join(_EMPHASIS.sub("", each).split()) for each in _PARAGRAPH.split(plain))


def _in_words(text: str) -> Iterator[Signal]:
    lowered = text.lower()  # searched several times faster than without regard to case
    shown = text if len(text) == len(lowered) else lowered
    for sign in _SIGNS:
        match = next((each for each in sign.pattern.finditer(lowered) if not _is_denied(each)), None)
        if match is not None:
            quoted = shown[max(0, match.start() - SHOWN_AROUND) : match.end() + SHOWN_AROUND]
            yield Signal(sign.code, sign.weight, f"{sign.label}: “…{' '.join(quoted.split())}…”")


def _is_denied(match: re.Match[str]) -> bool:
    """Tell whether the sentence says that nobody asks for it, or that the employer pays it."""
    before = match.string[max(0, match.start() - 60) : match.start()]
    return bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(match.string, match.end()))


def _in_addresses(job: Job, text: str) -> Iterator[Signal]:
    text = f"{text} {job.application_url}"
    mails = [*_EMAIL.finditer(text), *_EMAIL.finditer(job.application_email)]
    free = next((mail for mail in mails if mail[1].lower() in FREE_MAIL_DOMAINS), None)
    if free is not None:
        yield Signal("free_mail", 2, f"Contact at a host where anybody gets an address: {free[0]}")
    hosts = [mail[1].lower() for mail in mails] + [_host(link) for link in _LINK.findall(text)]
    alike = next((host for host in hosts if _looks_like(host, job.company.domain)), None)
    if alike is not None:
        why = f"Leads to {alike}, which looks like the company's domain {job.company.domain} and is another"
        yield Signal("lookalike", 4, why)


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").rstrip(".,;:")
    except ValueError:
        return ""


_ALIKE = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "5": "s", "-": "", "і": "i", "а": "a", "е": "e", "о": "o"}  # noqa: RUF001
    | {"р": "p", "с": "c", "х": "x", "у": "y", "ı": "i", "ł": "l"}  # noqa: RUF001
)


def _looks_like(host: str, domain: str) -> bool:
    """Tell whether a host is made to be taken for a domain: `acrne.com` or `jobs.acme-.com` for `acme.com`.

    The same name below another ending is what many companies have themselves: no sign.
    """
    if not domain or not host or host == domain or host.endswith(f".{domain}"):
        return False
    host_name = _name(host, domain.count("."))
    own_name = _name(domain, domain.count("."))
    if len(own_name) < LEAST_NAME or host_name == own_name:
        return False
    host_shape, own_shape = _shape(host_name), _shape(own_name)
    return host_shape == own_shape or DamerauLevenshtein.distance(host_shape, own_shape, score_cutoff=1) == 1


def _name(host: str, labels: int) -> str:
    """Return a host without its ending and its subdomains: as many labels as the domain has."""
    return ".".join(host.split(".")[-labels - 1 : -1])


def _shape(name: str) -> str:
    """Return a name with what looks the same written the same."""
    try:
        shown = name.encode("ascii").decode("idna")
    except UnicodeError:
        shown = name
    plain = unicodedata.normalize("NFKD", shown.casefold())
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return letters.translate(_ALIKE).replace("rn", "m").replace("vv", "w")


def _in_company(job: Job) -> Iterator[Signal]:
    verified_at = job.company.verified_at
    if verified_at is not None and timezone.now() - verified_at < NEW_FOR:
        yield Signal("new_company", 1, f"New company, verified {timesince(verified_at, depth=1)} ago")


def _originals(jobs: Iterable[Job]) -> dict[int, dict[str, Any]]:
    """Find the first posting that said what each of these says, by digest."""
    digests = {job.description_digest for job in jobs if job.description_digest is not None}
    firsts = [
        Job.objects.filter(description_digest=each, posted_at__isnull=False)
        .order_by("pk")
        .values("pk", "description_digest", "public_id", "company__name", "company__account")[:1]
        for each in sorted(digests)
    ]
    return {first["description_digest"]: first for first in _all_of(firsts)}


def _in_copy(job: Job, originals: dict[int, dict[str, Any]]) -> Iterator[Signal]:
    first = originals.get(job.description_digest) if job.description_digest is not None else None
    if first is not None and first["company__account"] != job.company.account_id:
        why = f"{first['company__name']} posted the same text before: {first['public_id']}"
        yield Signal("copied", 3, why)


def _usual_pay(jobs: Iterable[Job]) -> dict[tuple[int, str], float]:
    """Return the median of the highest pay by category and currency, where enough of the newest state it."""
    categories = {
        job.category_id for job in jobs if job.salary_min is not None and job.category_id is not None
    }
    newest = [
        Listing.objects.filter(category=each)
        .order_by("-posted_at", "-job")
        .values("category_id", "salary_currency", "salary_max")[:PAY_SAMPLE]
        for each in sorted(categories)
    ]
    paid: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for row in _all_of(newest):
        if row["salary_max"] is not None:
            paid[row["category_id"], row["salary_currency"]].append(row["salary_max"])
    return {key: median(values) for key, values in paid.items() if len(values) >= LEAST_PAID}


def _in_pay(job: Job, usual: dict[tuple[int, str], float]) -> Iterator[Signal]:
    if job.category_id is None or job.salary_min is None:
        return
    typical = usual.get((job.category_id, job.salary_currency))
    if typical and job.salary_min > FAR_ABOVE * typical:
        why = f"Pays from {job.salary_min:,} {job.salary_currency}; usual in its field are {typical:,.0f}"
        yield Signal("pay", 2, why)


def _all_of(queries: Sequence[QuerySet[Any, Any]]) -> Iterable[Any]:
    """Ask several questions at once; none asks nothing."""
    if not queries:
        return []
    first, *others = queries
    return first.union(*others, all=True) if others else first
