#!/usr/bin/env python
"""Django's own command line, with the product's settings."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")
    from django.core.management import execute_from_command_line

    from mistadmin.core import tenancy

    with tenancy.across():
        execute_from_command_line(sys.argv)
