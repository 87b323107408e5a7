"""The reasons that staff give most, in the words that employers are sent. Staff may change them each time."""

JOBS = {
    "Asks applicants for money": (
        "The posting asks applicants to pay something: a fee, a deposit, equipment or training. Nobody may "
        "be asked for money to get a job on JobSphere. Take this out, then ask us to look again."
    ),
    "Not a real job": (
        "We could not see that this is an open position with your company. If it is, tell us who hires and "
        "where the position is announced on your own site."
    ),
    "Contact outside the company": (
        "The posting sends applicants to an address or a messenger that does not belong to your company. Use "
        "an address at your own domain, or take applications on JobSphere."
    ),
    "Copied from another employer": (
        "The text is that of another employer's posting. Describe your own position in your own words."
    ),
    "Misleading": (
        "What the posting says about pay, place, hours or tasks does not agree with itself, or with what "
        "applicants were told. Correct it, then ask us to look again."
    ),
    "Discriminates": (
        "The posting turns people away for what they are rather than for what the work needs. Name only what "
        "the work needs."
    ),
}
"""For jobs, by the name that staff choose them by."""

COMPANIES = {
    "Proof does not show it": (
        "What you sent does not show that you act for this company. Send a public register entry or a page "
        "on the company's own site that names you, or verify by e-mail, DNS or a file at its domain."
    ),
    "Domain is not the company's": (
        "The domain that you named does not belong to the company of this name. Name the company's own "
        "domain."
    ),
    "Already on JobSphere": (
        "This company is on JobSphere already, with another account. Ask its owners to invite you, or tell "
        "us why it should be here twice."
    ),
    "Jobs that break our rules": (
        "Several of the company's postings break our rules, as we wrote to you about each. None are shown "
        "until we have heard from you."
    ),
    "Not who they say": "We have good reason to believe that the company is not who it says it is.",
}
"""For companies and their requests to be verified."""
