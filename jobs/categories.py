"""The fields of work that jobs are filed under, and which of them an occupational series belongs to."""

from typing import NamedTuple


class Field(NamedTuple):
    """A category as it is loaded: its slug in filters, its name, what it holds."""

    slug: str
    name: str
    description: str


FIELDS = (
    Field("engineering", "Engineering", "Civil, mechanical, electrical and every other branch"),
    Field("software-development", "Software development", "Programming, web, mobile, computer science"),
    Field("information-technology", "Information technology", "Systems, networks, support, cybersecurity"),
    Field("data-science", "Data science", "Data, statistics, mathematics, machine learning"),
    Field("science", "Science and research", "Natural and social sciences, laboratories, weather"),
    Field("design", "Design", "Product, graphic, interior and visual design"),
    Field("product", "Product management", "What to build, for whom and when"),
    Field("management", "Management and analysis", "Programmes, projects, consulting, business analysis"),
    Field("marketing", "Marketing", "Brands, campaigns, growth, market research"),
    Field("communications", "Communications and media", "Public affairs, writing, journalism, languages"),
    Field("sales", "Sales and retail", "Selling, accounts, shops"),
    Field("customer-support", "Customer support", "Help and advice for those one serves"),
    Field("finance", "Finance and accounting", "Accounts, budgets, audits, grants, insurance, banking"),
    Field("legal", "Legal", "Law, courts, patents, compliance, civil rights"),
    Field("human-resources", "Human resources", "Recruiting, people, pay, employee relations"),
    Field("administration", "Administration", "Offices, clerks, assistants, records"),
    Field("operations", "Operations", "Running businesses, facilities and services"),
    Field("procurement", "Procurement", "Buying, contracts, property"),
    Field("logistics", "Logistics and supply", "Stores, inventory, warehouses, distribution"),
    Field("transportation", "Transportation", "Driving, flying, shipping, traffic"),
    Field("healthcare", "Healthcare", "Medicine, nursing, public and animal health, psychology"),
    Field("education", "Education and training", "Teaching, training, instruction"),
    Field("social-services", "Social services", "Welfare, counselling, community work"),
    Field("public-policy", "Public policy", "Economics, foreign affairs, planning"),
    Field("security", "Security and safety", "Police, guards, investigation, inspection, fire, emergencies"),
    Field("environment", "Environment and agriculture", "Nature, wildlife, forests, parks, gardens, farming"),
    Field("construction", "Architecture and construction", "Planning buildings and putting them up"),
    Field("real-estate", "Real estate", "Property, housing, appraisal, building management"),
    Field("manufacturing", "Manufacturing and quality", "Machines, metal, printing, quality assurance"),
    Field("skilled-trades", "Skilled trades and maintenance", "Electricians, plumbers, mechanics, repair"),
    Field("hospitality", "Hospitality and food", "Kitchens, hotels, tourism, guides"),
    Field(
        "arts-culture", "Arts, culture and libraries", "Museums, archives, libraries, film, music, history"
    ),
)

# Groups, families and series are named in the Handbook of Occupational Groups and Families of the
# United States Office of Personnel Management (December 2018); to which field each belongs is our choice.

GROUPS = {
    "01": "social-services",  # social science, psychology and welfare
    "02": "human-resources",
    "03": "administration",  # general administrative, clerical and office services
    "04": "environment",  # natural resources management and biological sciences
    "05": "finance",  # accounting and budget
    "06": "healthcare",  # medical, hospital, dental and public health
    "07": "healthcare",  # veterinary medical science
    "08": "engineering",  # engineering and architecture
    "09": "legal",  # legal and kindred
    "10": "arts-culture",  # information and arts
    "11": "operations",  # business and industry
    "12": "legal",  # copyright, patent and trademark
    "13": "science",  # physical sciences
    "14": "arts-culture",  # library and archives
    "15": "data-science",  # mathematical sciences
    "16": "operations",  # equipment, facilities and services
    "17": "education",
    "18": "security",  # inspection, investigation, enforcement and compliance
    "19": "manufacturing",  # quality assurance, inspection and grading
    "20": "logistics",  # supply
    "21": "transportation",
    "22": "information-technology",
    "25": "skilled-trades",  # wire communications equipment
    "26": "skilled-trades",  # electronic equipment
    "28": "skilled-trades",  # electrical installation
    "31": "manufacturing",  # fabric and leather work
    "33": "skilled-trades",  # instrument work
    "34": "manufacturing",  # machine tool work
    "35": "operations",  # general services and support work
    "36": "construction",  # structural and finishing work
    "37": "manufacturing",  # metal processing
    "38": "manufacturing",  # metal work
    "39": "arts-culture",  # motion picture, radio, television and sound equipment
    "40": "manufacturing",  # lens and crystal work
    "41": "skilled-trades",  # painting and paperhanging
    "42": "skilled-trades",  # plumbing and pipefitting
    "43": "manufacturing",  # pliable materials
    "44": "manufacturing",  # printing
    "46": "skilled-trades",  # wood work
    "47": "skilled-trades",  # general maintenance and operations
    "48": "skilled-trades",  # general equipment maintenance
    "50": "environment",  # plant and animal work
    "52": "skilled-trades",  # miscellaneous occupations
    "53": "skilled-trades",  # industrial equipment maintenance
    "54": "skilled-trades",  # industrial equipment operation
    "57": "transportation",  # transportation and mobile equipment operation
    "58": "skilled-trades",  # transportation and mobile equipment maintenance
    "65": "manufacturing",  # ammunition, explosives and toxic materials
    "66": "skilled-trades",  # armament
    "69": "logistics",  # warehousing and stock handling
    "70": "logistics",  # packing and processing
    "73": "hospitality",  # laundry, dry cleaning and pressing
    "74": "hospitality",  # food preparation and serving
    "76": "hospitality",  # personal services
    "82": "skilled-trades",  # fluid systems maintenance
    "86": "skilled-trades",  # engine overhaul
    "88": "skilled-trades",  # aircraft overhaul
    "90": "arts-culture",  # film processing
    "99": "transportation",  # work aboard vessels
}
"""Field of an occupational group or job family, by the first two digits of its series."""

_EXCEPTIONS = {
    "security": "0006 0007 0018 0019 0072 0080 0081 0082 0083 0084 0085 0086 0089 0132 0134",
    "public-policy": "0020 0110 0119 0130 0131 0135 0136 0140 1140",
    "environment": "0023 0025 0028 0029",
    "social-services": "0060 0062",
    "hospitality": "0090 1630 1667",
    "science": (
        "0101 0102 0150 0184 0190 0193 "  # social science, geography, sociology, anthropology, archeology
        "0401 0403 0404 0405 0408 0410 0413 0414 0415 0430 0434 0435 0440 0482 0486"
    ),
    "human-resources": "0142 0243 0244",
    "legal": "0160 0360",
    "arts-culture": "0170",
    "healthcare": "0180 0181 0183",
    "management": "0340 0343 0347",
    "information-technology": "0332 0334 0335 0390 0391 0392 0394",
    "logistics": "0346",
    "construction": "0807 0808 0809 0828",
    "customer-support": "0962",
    "design": "1008 1020 1021 1084",
    "communications": "1035 1040 1045 1046 1082 1083 1087",
    "procurement": "1102 1103 1104 1105 1106 1107",
    "finance": "1109 1160 1161 1163 1165 1169 1510",
    "marketing": "1147",
    "sales": "1144 2091",
    "manufacturing": "1150 1152 1654",
    "real-estate": "1170 1171 1173 1176",
    "software-development": "1550",
}

SERIES = {code: slug for slug, codes in _EXCEPTIONS.items() for code in codes.split()}
"""Field of a series that is not its group's, such as 0343 (management analysis) and 1102 (contracting)."""


def field_of_series(code: str) -> str | None:
    """Return the slug of the field an occupational series belongs to.

    Args:
        code: four digits, such as `0855`.

    Returns:
        None for a series that says nothing of the field, such as 0099 (student trainees of any kind).
    """
    return SERIES.get(code) or GROUPS.get(code[:2])
