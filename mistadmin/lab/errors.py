"""What stops the lab before or after its command."""


class LabError(Exception):
    """Why the lab cannot do what was asked; the message is for the operator."""
