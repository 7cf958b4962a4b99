"""`python3 run.py fuzz`: the API against its own document, the server against requests that are none (S6)."""
