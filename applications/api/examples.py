"""Examples of bodies and answers, for the API's description."""

from typing import Any

NEW_APPLICATION = {
    "job_id": "job_8x29a1b3",
    "candidate_email": "dev@example.com",
    "resume_url": "https://secure.storage/resume.pdf",
    "cover_letter": "I'm excited to apply for...",
    "source": "api_integration",
}
NEW_FORM = {
    "job_id": "job_8x29a1b3",
    "candidate_email": "dev@example.com",
    "candidate_name": "Dana Vega",
    "resume": "(the file)",
    "links": ["https://example.com/portfolio"],
}
APPLICATION: dict[str, Any] = {
    "id": "app_5k20c7d1",
    "job_id": "job_8x29a1b3",
    "job_title": "Senior Frontend Engineer",
    "candidate_id": "cand_3m81e9f2",
    "candidate_email": "dev@example.com",
    "candidate_name": "Dana Vega",
    "phone": "",
    "links": ["https://example.com/portfolio"],
    "stage": "new",
    "source": "api_integration",
    "resume_url": "https://secure.storage/resume.pdf",
    "resume": None,
    "cover_letter": "I'm excited to apply for...",
    "answers": {"q1": "In May."},
    "consented_at": "2025-04-11T09:30:00Z",
    "rating": None,
    "note_count": 0,
    "submitted_at": "2025-04-11T09:30:00Z",
    "updated_at": "2025-04-11T09:30:00Z",
    "erased_at": None,
}
CHANGES = {"stage": "interview", "note": "Strong portfolio.", "rating": 4}
CHANGED = APPLICATION | {
    "stage": "interview",
    "rating": 4,
    "note_count": 1,
    "updated_at": "2025-04-14T10:00:00Z",
}
TIMELINE_EVENT = {
    "id": "evt_7p42g6h8",
    "type": "stage_changed",
    "from_stage": "new",
    "to_stage": "interview",
    "note": None,
    "rating": None,
    "actor": {"type": "api_key", "id": "key_9r63j5k4", "name": "Careers page"},
    "at": "2025-04-14T10:00:00Z",
}
CANDIDATE = {
    "id": "cand_3m81e9f2",
    "email": "dev@example.com",
    "name": "Dana Vega",
    "phone": "",
    "application_count": 1,
    "created_at": "2025-04-11T09:30:00Z",
    "updated_at": "2025-04-11T09:30:00Z",
    "erased_at": None,
}
CANDIDATE_DETAIL = CANDIDATE | {"applications": [CHANGED]}
