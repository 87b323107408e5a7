"""What a location means, on all the places that production knows."""

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from jobs import place_data
from jobs.place_models import Place, PlaceName
from jobs.places import (
    LONGEST_TEXT,
    normalise,
    resolve_filter,
    resolve_location,
    resolve_locations,
    suggest,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]

GERMANY, MUNICH, BERLIN = 2921044, 2867714, 2950159
UNITED_KINGDOM, LONDON = 2635167, 2643743
UNITED_STATES, CALIFORNIA, NEW_YORK, NEW_YORK_CITY = 6252001, 5332921, 5128638, 5128581
SAN_FRANCISCO, LOS_ANGELES = 5391959, 5368361
JAPAN = 1861060


def named(place_ids: tuple[int, ...]) -> set[str]:
    """Places as "Portland, OR, US"; countries by their code alone."""
    return {
        ", ".join(
            filter(None, [place.kind != "country" and place.name, place.region_code, place.country_code])
        )
        for place in Place.objects.filter(pk__in=place_ids)
    }


def finds(text: str, location: str) -> bool:
    """Whether a filter for a text shows a job at a location, by its places."""
    return not set(resolve_filter(text).place_ids).isdisjoint(resolve_location(location).with_ancestors)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("MÜNCHEN", "munchen"),
        ("  Straße ", "strasse"),
        ("U.S.A.", "usa"),
        ("Washington, D.C.", "washington dc"),
        ("St. Louis", "saint louis"),
        ("Ft. Worth", "fort worth"),
        ("Tromsø", "tromso"),
        ("Łódź", "lodz"),
        ("Hawaiʻi", "hawaii"),
        ("Côte d’Ivoire", "cote d ivoire"),
        ("東京", "東京"),
        ("!?\x00", ""),
    ],
)
def test_accents_case_and_punctuation_never_matter(text: str, same: str) -> None:
    assert normalise(text) == same


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("germany", "Berlin"),
        ("munich", "München, Germany"),
        ("MUNCHEN", "Munich"),
        ("deutschland", "Köln"),
        ("uk", "London"),
        ("U.K.", "Manchester, England"),
        ("usa", "San Francisco, CA"),
        ("united states", "Remote - US"),
        ("nyc", "New York, NY"),
        ("nyc", "New York"),
        ("new york", "Brooklyn, New York, New York"),
        ("san francisco, ca", "San Francisco, California, USA"),
        ("san francisco ca", "San Francisco, CA"),
        ("california", "Gunter AFB, Alabama, Alabama; Los Angeles, California, California"),
        ("washington dc", "Washington, District of Columbia"),
        ("日本", "Yokosuka Naval Base, Japan"),
        ("москва", "Moscow, Russia"),
        ("bombay", "Mumbai, India"),
        ("kiev", "Kyiv"),
        ("us, ca, san francisco", "US, CA, San Francisco"),
        ("berlin germany", "Germany - Berlin"),
        ("the netherlands", "Amsterdam"),
        ("saint louis, mo", "St. Louis, Missouri"),
    ],
)
def test_a_filter_finds_a_job_there(text: str, location: str) -> None:
    assert finds(text, location)


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("monaco", "Munich, Germany"),
        ("berlin", "Germany"),
        ("portland, or", "Portland, Maine"),
        ("usa", "Usa, Japan"),
        ("georgia, usa", "Tbilisi, Georgia"),
        ("paris, france", "Paris, Texas"),
        ("california", "Toronto, Canada"),
    ],
)
def test_a_filter_does_not_find_a_job_elsewhere(text: str, location: str) -> None:
    assert resolve_filter(text).place_ids
    assert resolve_location(location).place_ids
    assert not finds(text, location)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("portland", {"Portland, OR, US", "Portland, ME, US", "Portland, TX, US"}),
        ("georgia", {"GE", "Georgia, GA, US"}),
        ("la", {"Los Angeles, CA, US", "Louisiana, LA, US", "LA"}),
        ("ca", {"California, CA, US", "CA"}),
        ("new york, ny", {"New York City, NY, US"}),
        ("ny", {"New York City, NY, US", "New York, NY, US"}),
        ("san jose, ca", {"San Jose, CA, US"}),
        ("frankfurt", {"Frankfurt am Main, 05, DE"}),
        ("calcutta", {"Kolkata, 28, IN", "Calcutta, 07, ZA"}),
        ("berlin; munich", {"Berlin, 16, DE", "Munich, 02, DE"}),
        ("berlin, munich", {"Berlin, 16, DE", "Munich, 02, DE"}),
        ("germany, france", {"DE", "FR"}),
        ("munich, bavaria", {"Munich, 02, DE"}),
        ("perth, wa, australia", {"Perth, 08, AU"}),
    ],
)
def test_a_filter_means_all_that_its_words_may_mean(text: str, meant: set[str]) -> None:
    assert named(resolve_filter(text).place_ids) == meant


@pytest.mark.parametrize("text", ["gunter afb, alabama", "paris, germany", "ontario, canada", "Scotland"])
def test_what_is_not_understood_is_looked_for_as_words_and_never_widens(text: str) -> None:
    asked = resolve_filter(text)
    assert asked.place_ids == ()
    assert asked.words == normalise(text)


@pytest.mark.parametrize(
    ("text", "place_ids"),
    [
        ("remote", ()),
        ("Fully remote", ()),
        ("work from home", ()),
        ("remote, germany", (GERMANY,)),
        ("Remote (US)", (UNITED_STATES,)),
        ("remote in the uk", (UNITED_KINGDOM,)),
        ("Munich (remote)", (MUNICH,)),
        ("Anywhere in the U.S. (remote job)", (UNITED_STATES,)),
    ],
)
def test_remote_is_understood_alone_and_with_a_place(text: str, place_ids: tuple[int, ...]) -> None:
    asked, posted = resolve_filter(text), resolve_location(text)
    assert (asked.remote, asked.place_ids, asked.words) == (True, place_ids, "")
    assert (posted.remote, posted.place_ids) == (True, place_ids)


@pytest.mark.parametrize("text", ["", "   ", "!!!", ",", ";;", "\x00", "\ud800"])
def test_a_filter_without_a_word_asks_nothing(text: str) -> None:
    assert resolve_filter(text).asks_nothing


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Portland", {"Portland, OR, US"}),
        ("London / Berlin", {"London, ENG, GB", "Berlin, 16, DE"}),
        ("Paris or London", {"Paris, 11, FR", "London, ENG, GB"}),
        ("Gunter AFB, Alabama", {"Alabama, AL, US"}),
        ("Fort Gordon, Georgia, Georgia", {"Georgia, GA, US"}),
        ("Tinker AFB, Oklahoma, Oklahoma", {"Oklahoma, OK, US"}),
        ("Naval Base, Norfolk, Virginia, Virginia", {"Norfolk, VA, US"}),
        ("Keyport, Washington, Washington", {"Washington, WA, US"}),
        ("Rome, New York, New York", {"Rome, NY, US"}),
        ("New York, New York, New York", {"New York City, NY, US"}),
        ("Smalltown, CO", {"Colorado, CO, US"}),
        ("Berlin, DE", {"Berlin, 16, DE"}),
        ("Berlin, Berlin, Germany", {"Berlin, 16, DE"}),
        ("Bengaluru, Karnataka, India", {"Bengaluru, 19, IN"}),
        ("Andersen AFB, Guam", {"GU"}),
        ("Multiple Locations", set()),
        ("Unknown", set()),
    ],
)
def test_a_posting_is_at_the_most_specific_place_that_is_known(text: str, meant: set[str]) -> None:
    assert named(resolve_location(text).place_ids) == meant


def test_a_posting_lies_in_what_its_places_lie_in() -> None:
    resolved = resolve_location("San Francisco, CA; Munich; Los Angeles, CA")
    assert resolved.place_ids == (SAN_FRANCISCO, MUNICH, LOS_ANGELES)
    assert set(resolved.with_ancestors) == {*resolved.place_ids, CALIFORNIA, UNITED_STATES, GERMANY}
    assert resolved.words == "san francisco ca munich los angeles ca"


def test_any_number_of_postings_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    texts = [f"{city}, {state}" for city in ("Springfield", "Berlin", "Nowhere") for state in ("IL", "Ohio")]
    with django_assert_num_queries(1):
        resolved = resolve_locations(texts * 10)
    assert set(resolved) == set(texts)


def test_a_filter_costs_one_query_by_the_index(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        resolve_filter("remote, san francisco ca; berlin")
    assert "Seq Scan" not in PlaceName.objects.filter(name__in=["berlin", "san francisco"]).explain()


@pytest.mark.parametrize(
    ("prefix", "first"),
    [
        ("ber", "Berlin"),
        ("Münch", "Munich"),
        ("san f", "San Francisco"),
        ("東京", "Tokyo"),
        ("u.s", "United States"),
    ],
)
def test_a_prefix_suggests_the_best_known_place(prefix: str, first: str) -> None:
    assert suggest(prefix)[0].name == first


def test_suggestions_are_few_and_by_the_index(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        assert len(suggest("s", limit=5)) == 5
    assert suggest(" ") == []
    assert "Seq Scan" not in PlaceName.objects.filter(name__startswith="san f").explain()


@given(st.text(max_size=LONGEST_TEXT * 2))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


WORDS = st.sampled_from(
    [
        "berlin",
        "germany,",
        "ca",
        "us",
        "new",
        "york",
        "remote",
        "-",
        "(",
        ")",
        ";",
        "/",
        "or",
        ",",
        "in",
        "the",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=80).map(" ".join)))
def test_no_text_fails_or_asks_for_everything(text: str) -> None:
    asked = resolve_filter(text)
    assert asked.asks_nothing or asked.remote or asked.words or 0 < len(asked.place_ids) < 1000
    resolved = resolve_location(text)
    assert set(resolved.place_ids) <= set(resolved.with_ancestors)
    assert resolved.words == normalise(text)
    assert len(suggest(text)) <= 8


def test_loading_again_changes_nothing(
    capsys: pytest.CaptureFixture[str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        call_command("load_places")
    assert capsys.readouterr().out == "Places are up to date.\n"


def test_other_data_replaces_all_rows() -> None:
    before = Place.objects.count(), PlaceName.objects.count()
    Place.objects.create(
        id=1, kind=Place.Kind.CITY, name="Old", country_code="DE", population=1, ancestor_ids=[GERMANY]
    )
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON TABLE jobs_placename IS 'another version'")
    assert place_data.load_places()
    assert (Place.objects.count(), PlaceName.objects.count()) == before
    assert place_data.loaded_version() == place_data.data_version()


def test_the_ids_of_places_are_those_of_geonames() -> None:
    places = Place.objects.in_bulk([GERMANY, BERLIN, JAPAN, NEW_YORK, NEW_YORK_CITY, LONDON])
    assert places[NEW_YORK_CITY].ancestor_ids == [UNITED_STATES, NEW_YORK]
    assert places[LONDON].ancestor_ids == [UNITED_KINGDOM]
    assert {places[GERMANY].kind, places[NEW_YORK].kind, places[BERLIN].kind} == set(Place.Kind.values)
