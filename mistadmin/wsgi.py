"""The WSGI application that the web server runs, warm before the first request."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")

application = get_wsgi_application()
# Django reads the addresses, and with them every view, on the first request; nobody should wait for that.
_ = get_resolver().url_patterns
# What is loaded now stays for good: full collections that walk through it again and again are felt as stalls.
gc.collect()
gc.freeze()
