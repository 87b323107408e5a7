"""Applicants, for the employer: a table, a board for each job, a page for each of them."""
