"""The Mist API host names which the lab answers for."""

DEFAULT_HOST = "api.mist.com"

# Cloud host -> suffix which that cloud appends to the names of its cookies.
COOKIE_SUFFIXES = {
    "api.mist.com": "",
    "api.gc1.mist.com": ".gc1",
    "api.ac2.mist.com": ".ac2",
    "api.gc2.mist.com": ".gc2",
    "api.gc4.mist.com": ".gc4",
    "api.eu.mist.com": ".eu",
    "api.gc3.mist.com": ".gc3",
    "api.ac6.mist.com": ".ac6",
    "api.gc6.mist.com": ".gc6",
    "api.ac5.mist.com": ".ac5",
    "api.gc5.mist.com": ".gc5",
    "api.gc7.mist.com": ".gc7",
    "api.mistsys.com": "",
    "api.ac99.mist.com": ".ac99",
    "api.gc1.mistsys.com": ".gc1",
    "api.us.mist-federal.com": ".us",
}

MIST_HOSTS = tuple(COOKIE_SUFFIXES)
