"""What candidates are told of a stage: plain words for the employer's short ones."""

from typing import NamedTuple

from applications.models import Stage


class Words(NamedTuple):
    """A stage as candidates read it: a name, and a sentence that says what it means for them."""

    name: str
    meaning: str


FOR_CANDIDATES: dict[str, Words] = {
    Stage.NEW: Words("Received", "Your application has arrived. The employer has not opened it yet."),
    Stage.REVIEWING: Words("In review", "The employer is reading your application."),
    Stage.INTERVIEW: Words("Interview", "The employer would like to talk to you, and will contact you."),
    Stage.OFFER: Words("Offer", "The employer wants to make you an offer, and will contact you."),
    Stage.HIRED: Words("Hired", "You have the job. Congratulations."),
    Stage.REJECTED: Words("Not chosen", "The employer has decided to go on without you this time."),
    Stage.WITHDRAWN: Words("Withdrawn", "This application was taken back. The employer knows."),
}
